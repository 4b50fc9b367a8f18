// What makes the compiler refuse a model, each provoked; test_graph.h's convolution is refused for nothing.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "nudge/base/error.h"
#include "nudge/edgetpu/prediction.h"
#include "nudge/edgetpu/test_graph.h"
#include "nudge/edgetpu/whole_model.h"

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using tflite::TensorType;

testing::Matcher<Failure> failure(const std::string& says, const std::string& reason) {
  return AllOf(Field(&Failure::says, HasSubstr(says)), Field(&Failure::reason, HasSubstr(reason)));
}

tflite::TfLiteModel convolution_in_version(int32_t version) {
  tflite::TfLiteModel model = small_convolution().finish();
  model.main().operators[0].version = version;
  return model;
}

TEST(Failures, AQuantizedConvolutionHasNone) {
  EXPECT_THAT(find_failures(small_convolution().finish()), IsEmpty());
  EXPECT_THAT(find_failures(convolution_in_version(5)), IsEmpty());
}

TEST(Failures, VersionsThatTheCompilerDoesNotKnow) {
  EXPECT_THAT(find_failures(convolution_in_version(6)),
              ElementsAre(failure("could not be parsed",
                                  "operator 0 CONV_2D: Didn't find op for builtin opcode "
                                  "'CONV_2D' version '6'")));
}

TEST(Failures, OperatorsThatTheCompilerDoesNotKnow) {
  TestGraph graph = small_convolution();
  const int32_t x = graph.as_built().main().outputs[0];
  graph.add(Op::kGelu, {x}, {graph.activation({1, 8, 8, 4})}, tflite::TfLiteGeluOptions{});
  EXPECT_THAT(find_failures(graph.finish()), ElementsAre(failure("could not be parsed", "operator 1 GELU")));
}

TEST(Failures, AModelOfFloats) {
  TestGraph graph;
  const int32_t x = graph.input({1, 8}, TensorType::kFloat32);
  graph.add(Op::kRelu, {x}, {graph.activation({1, 8}, TensorType::kFloat32)});
  EXPECT_THAT(find_failures(graph.finish()),
              ElementsAre(failure("Model not quantized", "convert it to int8")));
}

TEST(Failures, An8BitTensorWithoutAScale) {
  tflite::TfLiteModel model = small_convolution().finish();
  model.main().tensors[0].quantization.reset();
  EXPECT_THAT(find_failures(model), ElementsAre(failure("Model not quantized", "'tensor0' has no scale")));
}

TEST(Failures, AShapeThatTheModelComputes) {
  TestGraph graph;
  const int32_t x = graph.input({1, 4, 4, 8});
  const int32_t shape = graph.activation({4}, TensorType::kInt32);
  graph.add(Op::kShape, {x}, {shape}, tflite::TfLiteShapeOptions{});
  graph.add(Op::kReshape, {x, shape}, {graph.activation({1, 128})});
  EXPECT_THAT(find_failures(graph.finish()),
              ElementsAre(failure("static-sized tensors", "operator 1 RESHAPE: 'tensor1', which its shape")));
}

TEST(Failures, ASizeThatDependsOnValues) {
  TestGraph graph = small_convolution();
  const int32_t x = graph.as_built().main().outputs[0];
  graph.add(Op::kWhere, {x}, {graph.activation({4, 4}, TensorType::kInt64)});
  EXPECT_THAT(find_failures(graph.finish()),
              ElementsAre(failure("static-sized tensors", "operator 1 WHERE")));
}

// An open batch in the signature alone is harmless: models that have one were compiled.
TEST(Failures, AnOpenBatchInTheSignatureIsNone) {
  tflite::TfLiteModel model = small_convolution().finish();
  model.main().tensors[0].shape_signature = {-1, 8, 8, 3};
  EXPECT_THAT(find_failures(model), IsEmpty());
}

TEST(Failures, ScalesThatAreNotPositiveAndFinite) {
  for (const float scale : {0.0F, -1.0F, std::numeric_limits<float>::infinity(), std::nanf("")}) {
    tflite::TfLiteModel model = small_convolution().finish();
    model.main().tensors[0].quantization->scale[0] = scale;
    EXPECT_THAT(find_failures(model),
                testing::Contains(failure("Internal compiler error", "'tensor0' has scale")));
    EXPECT_EQ(predict(model).outcome(), Outcome::kFails);
  }
}

TEST(Failures, AMultiplierThatIsZeroOrInfinite) {
  for (const float output : {1e-44F, 3e38F}) {
    tflite::TfLiteModel model = small_convolution().finish();
    model.main().tensors[0].quantization->scale[0] = output < 1 ? 1e20F : 1e-30F;
    model.main().tensors.back().quantization->scale[0] = output;
    EXPECT_THAT(find_failures(model), ElementsAre(failure("Internal compiler error", "channel 0 no finite")));
  }
  tflite::TfLiteModel tiny = small_convolution().finish();
  tiny.main().tensors[1].quantization->scale[0] = 1.6e-9F;  // such weights have been compiled
  EXPECT_THAT(find_failures(tiny), IsEmpty());
}

TEST(Failures, ABiasThatIsNotInt32) {
  tflite::TfLiteModel model = small_convolution().finish();
  tflite::TfLiteTensor& bias = model.main().tensors[2];
  bias.type = TensorType::kInt64;
  bias.data.resize(4 * sizeof(int64_t));
  EXPECT_THAT(find_failures(model), ElementsAre(failure("Internal compiler error", "is INT64, where INT32")));
}

TEST(Failures, DenseWeightsOfZerosOrTheIdentity) {
  TestGraph zeros, identity, other;
  for (TestGraph* graph : {&zeros, &identity, &other}) {
    const int32_t x = graph->input({1, 4});
    const int32_t w = graph->codes({4, 4}, 0);
    for (size_t i = 0; i < 4 && graph != &zeros; ++i) graph->tensor(w).data[i * 5] = std::byte{3};
    if (graph == &other) graph->tensor(w).data[1] = std::byte{1};
    graph->add(Op::kFullyConnected, {x, w, -1}, {graph->activation({1, 4})},
               tflite::TfLiteFullyConnectedOptions{});
  }
  EXPECT_THAT(find_failures(zeros.finish()), ElementsAre(failure("Internal compiler error", "all zero")));
  EXPECT_THAT(find_failures(identity.finish()), ElementsAre(failure("Internal compiler error", "identity")));
  EXPECT_THAT(find_failures(other.finish()), IsEmpty());
}

TEST(Failures, CustomOperators) {
  for (const auto& [code, says] : std::vector<std::pair<std::string, std::string>>{
           {"edgetpu-custom-op", "already compiled"}, {"FlexErf", "interpreter"}, {"PosenetDecoderOp", ""}}) {
    TestGraph graph = small_convolution();
    const int32_t x = graph.as_built().main().outputs[0];
    graph.add(Op::kCustom, {x}, {graph.activation({1, 4}, TensorType::kFloat32)}).custom_code = code;
    if (says.empty()) {
      EXPECT_THAT(find_failures(graph.finish()), IsEmpty());
    } else {
      EXPECT_THAT(find_failures(graph.finish()), ElementsAre(failure(says, "operator 1 CUSTOM")));
    }
  }
}

TEST(Failures, AModelThatIsInconsistentIsNotJudged) {
  tflite::TfLiteModel model = small_convolution().as_built();
  model.main().operators[0].inputs[0] = 99;
  EXPECT_THROW(predict(model), InputError);
  EXPECT_THROW(predict(tflite::TfLiteModel{}), InputError);
}

}  // namespace
}  // namespace nudge::edgetpu
