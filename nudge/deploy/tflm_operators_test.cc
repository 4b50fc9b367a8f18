#include "nudge/deploy/tflm_operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/deploy/test_small_model.h"

namespace nudge::deploy {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(TflmOperators, AreEachNamedOnceInTheOrderOfFirstUse) {
  tflite::TfLiteModel file = small_model();
  file.main().operators.push_back(file.main().operators.front());
  EXPECT_THAT(tflm_registrations(file),
              ElementsAre("AddConv2D", "AddMaxPool2D", "AddReshape", "AddFullyConnected", "AddSoftmax"));
}

TEST(TflmOperators, OneThatItDoesNotHaveIsNamed) {
  tflite::TfLiteModel file = small_model();
  file.main().operators[3].op = tflite::BuiltinOperator::kGelu;
  EXPECT_THAT(
      [&] { tflm_registrations(file); },
      ThrowsMessage<UnsupportedError>(HasSubstr("operator 3 GELU: TensorFlow Lite Micro has no such")));
  file.main().operators[3].op = tflite::BuiltinOperator::kCustom;
  EXPECT_THAT([&] { tflm_registrations(file); },
              ThrowsMessage<UnsupportedError>(HasSubstr("must be registered by hand")));
  file.main().operators[3].custom_code = "ethos-u";
  EXPECT_THAT(tflm_registrations(file), Contains("AddEthosU"));
}

}  // namespace
}  // namespace nudge::deploy
