#include "nudge/layers/activation_function.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::layers {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ActivationFunctionTest, EveryNameComesBack) {
  for (const std::string& name : activation_names()) {
    EXPECT_EQ(to_string(activation_from_string(name)), name);
  }
}

TEST(ActivationFunctionTest, ReadsEveryForm) {
  EXPECT_EQ(activation_from_json(Json(nullptr)), ActivationFunction::kLinear);
  EXPECT_EQ(activation_from_json(Json("softmax")), ActivationFunction::kSoftmax);
  const Json serialized = {{"module", "builtins"}, {"class_name", "function"}, {"config", "tanh"}};
  EXPECT_EQ(activation_from_json(serialized), ActivationFunction::kTanh);
}

TEST(ActivationFunctionTest, UnknownNameListsTheKnown) {
  EXPECT_THAT([] { activation_from_string("snake", "layer 'a' (Activation): "); },
              ThrowsMessage<UnsupportedError>(
                  AllOf(HasSubstr("layer 'a' (Activation): activation 'snake'"), HasSubstr("linear, relu"))));
  EXPECT_THAT(
      [] {
        activation_from_json(Json{{"class_name", "Custom"}});
      },
      ThrowsMessage<UnsupportedError>(HasSubstr("Custom")));
}

}  // namespace
}  // namespace nudge::layers
