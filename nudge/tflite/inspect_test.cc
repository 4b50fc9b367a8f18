#include "nudge/tflite/inspect.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/tflite/test_model.h"

namespace nudge::tflite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TfLiteModel small_model() {
  TestModel model(7);
  const int32_t x = model.input({1, 8, 8, 3});
  const int32_t w = model.weights({4, 3, 3, 3}, 0, true);
  const int32_t bias = model.bias(4, 27);
  model.add(BuiltinOperator::kConv2d, {x, w, bias}, {model.product_output(x, w, 27)}, TfLiteConv2dOptions{});
  return model.finish();
}

TEST(Inspect, TellsOperatorsTensorsAndQuantization) {
  const Json json = inspect_json(small_model(), 1234);
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
  const std::string text = inspect_text(small_model(), 1234);
  EXPECT_THAT(text, HasSubstr("1234 bytes, 1 operators, 4 tensors, needs runtime 1.14.0"));
  EXPECT_THAT(text, HasSubstr("CONV_2D"));
  EXPECT_THAT(text, HasSubstr("4 scales"));
}

TEST(Inspect, EqualModelsHaveNoDifferences) {
  TfLiteModel other = small_model();
  other.main().tensors[0].name = "another name";
  EXPECT_TRUE(differences(small_model(), other).empty());
}

TEST(Inspect, FindsWhereModelsDiffer) {
  const TfLiteModel model = small_model();
  TfLiteModel other = model;
  other.main().tensors[1].data[10] ^= std::byte{1};
  other.main().tensors[3].quantization->zero_point[0] += 1;
  other.main().operators[0].options = TfLiteConv2dOptions{TfLitePadding::kValid};
  EXPECT_THAT(differences(model, other),
              ElementsAre(HasSubstr("operator 0 CONV_2D: options"),
                          HasSubstr("inputs[1]: 1 of 108 bytes of constants differ, the first at 10"),
                          HasSubstr("outputs[0]: scale"), HasSubstr("model: outputs[0]: scale")));
  EXPECT_EQ(differences(model, other, 2).size(), 2U);
  other.main().operators[0].op = BuiltinOperator::kAdd;
  EXPECT_THAT(differences(model, other, 1), ElementsAre("operator 0 CONV_2D: ADD in the other"));
}

}  // namespace
}  // namespace nudge::tflite
