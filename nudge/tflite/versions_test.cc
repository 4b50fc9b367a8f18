#include "nudge/tflite/versions.h"

#include <gtest/gtest.h>

#include "nudge/tflite/test_model.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

int32_t version_of(const TfLiteModel& model) { return model.main().operators[0].version; }

TfLiteModel conv(TensorType type) {
  TestModel model(1);
  const int32_t x = model.input({1, 8, 8, 4}, type);
  const bool int8 = type == TensorType::kInt8;
  const Shape shape{6, 3, 3, 4};
  const int32_t w = int8 ? model.weights(shape, 0, true) : model.floats(shape);
  model.add(Op::kConv2d, {x, w, -1}, {model.activation(type)}, TfLiteConv2dOptions{});
  return model.finish();
}

TEST(Versions, ConvolutionsDependOnTypeAndGroups) {
  EXPECT_EQ(version_of(conv(TensorType::kFloat32)), 1);
  EXPECT_EQ(min_runtime_version(conv(TensorType::kFloat32)), "1.5.0");
  TfLiteModel model = conv(TensorType::kInt8);
  EXPECT_EQ(version_of(model), 3);
  EXPECT_EQ(min_runtime_version(model), "1.14.0");
  model.main().tensors[1].shape[3] = 2;
  set_lowest_versions(model);
  EXPECT_EQ(version_of(model), 6);
  EXPECT_EQ(min_runtime_version(model), "2.9.0");
}

TEST(Versions, DenseDependsOnItsInputsAndOptions) {
  const auto version = [](std::vector<int32_t> inputs, bool keep_num_dims) {
    SubGraph graph;
    TfLiteTensor tensor;
    tensor.type = TensorType::kInt8;
    graph.add(tensor);
    TfLiteFullyConnectedOptions options;
    options.keep_num_dims = keep_num_dims;
    return lowest_version({.op = Op::kFullyConnected, .inputs = std::move(inputs), .options = options},
                          graph);
  };
  EXPECT_EQ(version({0, 0, -1}, false), 4);
  EXPECT_EQ(version({0, 0, -1}, true), 5);
  EXPECT_EQ(version({0, 0}, false), 6);
}

TEST(Versions, MultiplicationDependsOnItsScales) {
  for (const bool large : {false, true}) {
    TestModel model(1);
    const int32_t x = model.input({1, 4});
    const float square = model.tensor(x).quantization->scale[0] * model.tensor(x).quantization->scale[0];
    model.add(Op::kMul, {x, x}, {model.activation(per_tensor(large ? square / 2 : square * 2, 0))},
              TfLiteMulOptions{});
    EXPECT_EQ(version_of(model.finish()), large ? 3 : 2);
  }
}

// Of an operator whose inputs all have this type and rank, each of another shape.
int32_t version_of(Op op, TensorType type, int64_t rank, Options options = {}) {
  SubGraph graph;
  TfLiteTensor tensor;
  tensor.type = type;
  for (int64_t i = 0; i < 3; ++i) {
    tensor.shape = Shape(static_cast<size_t>(rank), i + 1);
    graph.add(tensor);
  }
  return lowest_version({.op = op, .inputs = {0, 1, 2}, .outputs = {0}, .options = std::move(options)},
                        graph);
}

TEST(Versions, DependOnTypeAndRank) {
  using enum TensorType;
  EXPECT_EQ(version_of(Op::kTranspose, kFloat32, 4), 1);
  EXPECT_EQ(version_of(Op::kTranspose, kInt8, 4), 2);
  EXPECT_EQ(version_of(Op::kTranspose, kBool, 4), 3);
  EXPECT_EQ(version_of(Op::kTranspose, kInt8, 5), 4);
  EXPECT_EQ(version_of(Op::kTranspose, kInt8, 6), 6);
  EXPECT_EQ(version_of(Op::kSlice, kInt8, 4), 2);
  EXPECT_EQ(version_of(Op::kSlice, kFloat32, 5), 5);
  EXPECT_EQ(version_of(Op::kStridedSlice, kInt8, 4), 2);
  EXPECT_EQ(version_of(Op::kStridedSlice, kInt8, 5), 4);
  EXPECT_EQ(version_of(Op::kStridedSlice, kInt8, 5, TfLiteStridedSliceOptions{.ellipsis_mask = 1}), 6);
  EXPECT_EQ(version_of(Op::kMaximum, kInt8, 4), 2);
  EXPECT_EQ(version_of(Op::kSub, kInt8, 5), 3);
  EXPECT_EQ(version_of(Op::kDiv, kFloat32, 4), 1);
  EXPECT_EQ(version_of(Op::kDiv, kFloat32, 5), 2);
  EXPECT_EQ(version_of(Op::kGather, kInt8, 2), 2);
  EXPECT_EQ(version_of(Op::kGather, kFloat32, 2, TfLiteGatherOptions{1, 1}), 5);
  EXPECT_EQ(version_of(Op::kUnpack, kInt8, 2), 2);
  EXPECT_EQ(version_of(Op::kReverseV2, kFloat32, 2), 1);
  EXPECT_EQ(version_of(Op::kReverseV2, kInt8, 2), 3);
  EXPECT_EQ(version_of(Op::kBroadcastTo, kFloat32, 2), 2);
  EXPECT_EQ(version_of(Op::kBroadcastTo, kInt8, 2), 3);
  EXPECT_EQ(version_of(Op::kCast, kFloat32, 2), 1);
  EXPECT_EQ(version_of(Op::kCast, kInt8, 2), 3);
  EXPECT_EQ(version_of(Op::kFloorDiv, kInt32, 2), 1);
  EXPECT_EQ(version_of(Op::kFloorDiv, kFloat32, 2), 2);
  EXPECT_EQ(version_of(Op::kSplit, kInt8, 2), 2);
  EXPECT_EQ(version_of(Op::kSplitV, kInt8, 2), 2);
}

TEST(Versions, NewestOperatorDecidesTheRuntime) {
  TestModel model(1);
  const int32_t x = model.input({1, 4, 4, 2});
  const int32_t relu = model.activation();
  model.add(Op::kRelu, {x}, {relu});
  EXPECT_EQ(min_runtime_version(model.finish()), "2.1.0");
  model.add(Op::kResizeBilinear, {relu, model.ints({8, 8})}, {model.same_scale(relu)},
            TfLiteResizeBilinearOptions{false, true});
  const TfLiteModel both = model.finish();
  EXPECT_EQ(both.main().operators[1].version, 3);
  EXPECT_EQ(min_runtime_version(both), "2.2.0");
  const Metadata metadata = runtime_version_metadata(both);
  ASSERT_EQ(metadata.data.size(), 16U);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(metadata.data.data())), "2.2.0");
}

}  // namespace
}  // namespace nudge::tflite
