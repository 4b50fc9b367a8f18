#include "nudge/tflite/inspect.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/tflite/test_model.h"

namespace nudge::tflite {
namespace {

using testing::HasSubstr;

TfLiteModel inspected_model() {
  TestModel model(7);
  const int32_t x = model.input({1, 8, 8, 3});
  const int32_t w = model.weights({4, 3, 3, 3}, 0, true);
  const int32_t bias = model.bias(4, 27);
  model.add(BuiltinOperator::kConv2d, {x, w, bias}, {model.product_output(x, w, 27)}, TfLiteConv2dOptions{});
  return model.finish();
}

TEST(Inspect, TellsOperatorsTensorsAndQuantization) {
  const Json json = inspect_json(inspected_model(), 1234);
  EXPECT_EQ(json["bytes"], 1234);
  EXPECT_EQ(json["min_runtime_version"], "1.14.0");
  ASSERT_EQ(json["ops"].size(), 1U);
  EXPECT_EQ(json["ops"][0]["op"], "CONV_2D");
  EXPECT_EQ(json["ops"][0]["version"], 3);
  EXPECT_EQ(json["ops"][0]["options"]["padding"], "SAME");
  EXPECT_EQ(json["tensors"][1]["shape"], Json({4, 3, 3, 3}));
  EXPECT_EQ(json["tensors"][1]["bytes"], 108);
  EXPECT_EQ(json["tensors"][1]["quantization"]["scale"].size(), 4U);
  EXPECT_EQ(json["tensors"][2]["quantization"], nullptr);
}

TEST(Inspect, PrintsTheSame) {
  const std::string text = inspect_text(inspected_model(), 1234);
  EXPECT_THAT(text, HasSubstr("1234 bytes, 1 operators, 4 tensors, needs runtime 1.14.0"));
  EXPECT_THAT(text, HasSubstr("CONV_2D"));
  EXPECT_THAT(text, HasSubstr("4 scales"));
}

}  // namespace
}  // namespace nudge::tflite
