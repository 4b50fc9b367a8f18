#include "nudge/tflite/difference.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/tflite/test_model.h"

namespace nudge::tflite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TfLiteModel compared_model() {
  TestModel model(7);
  const int32_t x = model.input({1, 8, 8, 3});
  const int32_t w = model.weights({4, 3, 3, 3}, 0, true);
  const int32_t bias = model.bias(4, 27);
  model.add(BuiltinOperator::kConv2d, {x, w, bias}, {model.product_output(x, w, 27)}, TfLiteConv2dOptions{});
  return model.finish();
}

std::vector<std::string> texts(const std::vector<Difference>& differences) {
  std::vector<std::string> lines;
  for (const Difference& each : differences) lines.push_back(each.text());
  return lines;
}

TEST(Differences, EqualModelsHaveNone) {
  TfLiteModel other = compared_model();
  other.main().tensors[0].name = "another name";
  EXPECT_TRUE(find_differences(compared_model(), other).empty());
  EXPECT_EQ(to_text({}), "");
}

TEST(Differences, AreFoundInStructureQuantizationAndWeights) {
  const TfLiteModel model = compared_model();
  TfLiteModel other = model;
  other.main().tensors[1].data[10] ^= std::byte{1};
  other.main().tensors[3].quantization->zero_point[0] += 1;
  other.main().operators[0].options = TfLiteConv2dOptions{TfLitePadding::kValid};
  const auto found = find_differences(model, other);
  EXPECT_THAT(
      texts(found),
      ElementsAre(HasSubstr("operator 0 CONV_2D: options"),
                  HasSubstr("inputs[1]: 1 of 108 bytes of constants differ, the first at 10, by up to 1"),
                  HasSubstr("outputs[0]: scale"), HasSubstr("model: outputs[0]: scale")));
  EXPECT_EQ(found[0].kind, DifferenceKind::kStructure);
  EXPECT_EQ(found[1].kind, DifferenceKind::kWeights);
  EXPECT_EQ(found[2].kind, DifferenceKind::kQuantization);
  EXPECT_EQ(found[0].op, 0U);
  EXPECT_EQ(found[3].op, std::nullopt);
  EXPECT_EQ(find_differences(model, other, 2).size(), 2U);
  EXPECT_THAT(to_text(found), HasSubstr("quantization     2 differences\n"));
  const Json json = to_json(found);
  EXPECT_EQ(json[1]["kind"], "weights");
  EXPECT_EQ(json[1]["where"], "operator 0 CONV_2D: inputs[1]");
  EXPECT_EQ(json[3]["op"], nullptr);
  other.main().operators[0].op = BuiltinOperator::kAdd;
  EXPECT_THAT(texts(find_differences(model, other, 1)), ElementsAre("operator 0 CONV_2D: ADD in the other"));
}

TEST(Differences, SayHowScalesMoved) {
  const TfLiteModel model = compared_model();
  TfLiteModel other = model;
  other.main().tensors[1].quantization->scale[2] *= 2;
  other.main().tensors[0].quantization->scale[0] *= 1.5F;
  const auto lines = texts(find_differences(model, other));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("(1 of 4 scales, 1 to 2 times)")));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("(1.5 times)")));
}

// An operator more is one difference, not one of every operator behind it.
TEST(Differences, AlignOperators) {
  const TfLiteModel model = compared_model();
  TfLiteModel other = model;
  Operator quantize;
  quantize.op = BuiltinOperator::kQuantize;
  TfLiteTensor floats = other.main().tensors[0];
  floats.type = TensorType::kFloat32;
  floats.quantization.reset();
  quantize.inputs = {other.main().add(floats)};
  quantize.outputs = other.main().inputs;
  other.main().inputs = quantize.inputs;
  other.main().operators.insert(other.main().operators.begin(), quantize);
  EXPECT_THAT(
      texts(find_differences(model, other)),
      ElementsAre("model: inputs[0]: INT8, FLOAT32 in the other", HasSubstr("model: inputs[0]: scale"),
                  "operator 0 QUANTIZE: only the other has it"));
  EXPECT_THAT(texts(find_differences(other, model)),
              testing::Contains("operator 0 QUANTIZE: the other has none"));
}

TEST(Differences, ConstantsOfOtherSizesAreWeights) {
  const TfLiteModel model = compared_model();
  TfLiteModel other = model;
  other.main().tensors[1].shape = {4, 3, 3, 2};
  other.main().tensors[1].data.resize(72);
  EXPECT_THAT(texts(find_differences(model, other)),
              ElementsAre(HasSubstr("shape (4, 3, 3, 3), (4, 3, 3, 2) in the other"),
                          HasSubstr("108 bytes of constants, 72 in the other")));
}

}  // namespace
}  // namespace nudge::tflite
