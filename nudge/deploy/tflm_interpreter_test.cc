// TensorFlow Lite Micro's own interpreter where it is installed, and programs in its place.
#include "nudge/deploy/tflm_interpreter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/deploy/test_small_model.h"
#include "nudge/tflite/writer.h"

namespace nudge::deploy {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

auto refusal(const std::string& python, const tflite::TfLiteModel& file = small_model()) {
  return [=] { run_tflm(python, tflite::serialize(file), {}, {}); };
}

TEST(TflmInterpreter, WhatItRefusesIsSaid) {
  if (tflm_python().empty()) GTEST_SKIP() << "tflite-micro is not installed";
  tflite::TfLiteModel file = small_model();
  file.main().operators[0].op = tflite::BuiltinOperator::kGelu;
  file.main().operators[0].inputs.resize(1);
  file.main().operators[0].options = {};
  EXPECT_THAT(refusal(tflm_python(), file),
              ThrowsMessage<UnsupportedError>(
                  AllOf(HasSubstr("TensorFlow Lite Micro does not run the file: "), HasSubstr("GELU"))));
}

TEST(TflmInterpreter, WithoutItSaysHowToGetIt) {
  EXPECT_THAT(refusal(""), ThrowsMessage<UnsupportedError>(HasSubstr("pip install tflite-micro")));
  EXPECT_THAT(refusal("/bin/false"),
              ThrowsMessage<UnsupportedError>(HasSubstr("does not run the file: it gives no reason")));
}

}  // namespace
}  // namespace nudge::deploy
