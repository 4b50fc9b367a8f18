#include "nudge/tflite/graphviz.h"

#include <gmock/gmock.h>

#include "nudge/tflite/test_model.h"

namespace nudge::tflite {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TfLiteModel drawn_model() {
  TestModel model(7);
  const int32_t x = model.input({1, 8, 8, 3});
  const int32_t w = model.weights({4, 3, 3, 3}, 0, true);
  const int32_t bias = model.bias(4, 27);
  const int32_t y = model.product_output(x, w, 27);
  model.add(BuiltinOperator::kConv2d, {x, w, bias}, {y}, TfLiteConv2dOptions{});
  model.add(BuiltinOperator::kRelu, {y}, {model.activation()});
  return model.finish();
}

TEST(Graphviz, DrawsOperatorsAndValues) {
  const std::string picture = to_graphviz(drawn_model());
  EXPECT_THAT(picture, StartsWith("digraph model {"));
  EXPECT_THAT(picture, HasSubstr("op0 [label=\"0 CONV_2D\\npadding \\\"SAME\\\""));
  EXPECT_THAT(picture, HasSubstr("INT8 (4, 3, 3, 3)\\n4 scales"));
  EXPECT_THAT(picture, HasSubstr("  in0 -> op0 [label=\"INT8 (1, 8, 8, 3)\\nscale"));
  EXPECT_THAT(picture, HasSubstr("  op0 -> op1 [label=\"INT8 (1, 8, 8, 4)"));
  EXPECT_THAT(picture, HasSubstr("  op1 -> out4 "));
}

// Names are free; a picture must not be.
TEST(Graphviz, QuotesNames) {
  TfLiteModel model = drawn_model();
  model.main().tensors[0].name = "a\"b\\c\nd" + std::string(1000, 'x');
  const std::string picture = to_graphviz(model);
  EXPECT_THAT(picture, HasSubstr("a\\\"b\\\\c dxxx"));
  EXPECT_THAT(picture, Not(HasSubstr(std::string(100, 'x'))));
}

}  // namespace
}  // namespace nudge::tflite
