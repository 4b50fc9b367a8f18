// Every row of the table of operators, provoked both ways: an operator that is mapped, and ones that are not.
#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "nudge/edgetpu/limits.h"
#include "nudge/edgetpu/operator_rules.h"
#include "nudge/edgetpu/prediction.h"
#include "nudge/edgetpu/test_graph.h"

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;
using testing::HasSubstr;
using tflite::FusedActivation;
using tflite::TensorType;

struct Case {
  Op op;
  std::function<void(TestGraph&)> build;  // its last operator is the one that counts
  Status status = Status::kMapped;
  std::string reason;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest calls it by this name.
void PrintTo(const Case& each, std::ostream* out) {
  *out << tflite::to_string(each.op) << " " << each.reason;
}

// One input of `from`, one output of `to`.
std::function<void(TestGraph&)> unary(Op op, Shape from, Shape to, tflite::Options options = {}) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input(from);
    graph.add(op, {x}, {graph.activation(to)}, options);
  };
}

std::function<void(TestGraph&)> same(Op op, tflite::Options options = {}) {
  return unary(op, {1, 4, 4, 8}, {1, 4, 4, 8}, std::move(options));
}

std::function<void(TestGraph&)> binary(Op op, TensorType type = TensorType::kInt8) {
  return [=](TestGraph& graph) {
    const int32_t a = graph.input({1, 4, 4, 8}, type), b = graph.input({1, 4, 4, 8}, type);
    graph.add(op, {a, b}, {graph.activation({1, 4, 4, 8}, type)});
  };
}

// One input and constant numbers.
std::function<void(TestGraph&)> with_numbers(Op op, Shape from, std::vector<int32_t> numbers, Shape to,
                                             tflite::Options options = {}) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input(from);
    graph.add(op, {x, graph.ints(numbers)}, {graph.activation(to)}, options);
  };
}

// `shape` is given by another input of the model.
std::function<void(TestGraph&)> with_computed(Op op, Shape from, Shape numbers, Shape to) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input(from);
    const int32_t given = graph.input(numbers, TensorType::kInt32);
    graph.add(op, {x, given}, {graph.activation(to)});
  };
}

std::function<void(TestGraph&)> convolution(Op op, Shape kernel, int32_t dilation_h, int32_t dilation_w) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input({1, 16, 16, 4});
    const int32_t w = graph.weights(kernel);
    tflite::Options options;
    if (op == Op::kConv2d) {
      options = tflite::TfLiteConv2dOptions{.dilation_w = dilation_w, .dilation_h = dilation_h};
    } else {
      options = tflite::TfLiteDepthwiseConv2dOptions{.dilation_w = dilation_w, .dilation_h = dilation_h};
    }
    graph.add(op, {x, w, graph.ints({1, 2, 3, 4})}, {graph.activation({1, 16, 16, 4})}, options);
  };
}

std::function<void(TestGraph&)> dense(Shape from, Shape to,
                                      tflite::TfLiteFullyConnectedOptions options = {}) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input(from);
    graph.add(Op::kFullyConnected, {x, graph.weights({to.back(), from.back()}), -1}, {graph.activation(to)},
              options);
  };
}

std::function<void(TestGraph&)> computed_weights(Op op, Shape weights) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input({1, 16, 16, 4});
    const int32_t w = graph.input(weights);
    graph.add(op, {x, w, graph.ints({1, 2, 3, 4})}, {graph.activation({1, 16, 16, 4})});
  };
}

std::function<void(TestGraph&)> join(int8_t code, int inputs) {
  return [=](TestGraph& graph) {
    std::vector<int32_t> joined{graph.codes({1, 4, 4, 8}, code)};
    for (int i = 1; i < inputs; ++i) joined.push_back(graph.input({1, 4, 4, 8}));
    graph.add(Op::kConcatenation, joined, {graph.activation({1, 4, 4, 8 * inputs})},
              tflite::TfLiteConcatenationOptions{.axis = 3});
  };
}

std::function<void(TestGraph&)> strided(int32_t stride, tflite::TfLiteStridedSliceOptions options = {}) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input({1, 8, 8, 4});
    graph.add(Op::kStridedSlice,
              {x, graph.ints({0, 0, 0, 0}), graph.ints({1, 8, 8, 4}), graph.ints({1, stride, stride, 1})},
              {graph.activation({1, 8 / stride, 8 / stride, 4})}, options);
  };
}

std::function<void(TestGraph&)> split(int32_t axis, Shape part) {
  return [=](TestGraph& graph) {
    const int32_t number = graph.ints({axis});
    const int32_t x = graph.input({2, 4, 8});
    graph.add(Op::kSplit, {number, x}, {graph.activation(part), graph.activation(part)},
              tflite::TfLiteSplitOptions{.num_splits = 2});
  };
}

std::function<void(TestGraph&)> pack(int32_t axis, Shape to) {
  return [=](TestGraph& graph) {
    const int32_t a = graph.input({1, 8}), b = graph.input({1, 8});
    graph.add(Op::kPack, {a, b}, {graph.activation(to)},
              tflite::TfLitePackOptions{.values_count = 2, .axis = axis});
  };
}

std::function<void(TestGraph&)> prelu(Shape alpha) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input({1, 4, 4, 8});
    graph.add(Op::kPrelu, {x, graph.weights(alpha)}, {graph.activation({1, 4, 4, 8})});
  };
}

std::function<void(TestGraph&)> slice(bool computed) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input({1, 4, 4, 8});
    const int32_t begin = computed ? graph.input({4}, TensorType::kInt32) : graph.ints({0, 0, 0, 0});
    graph.add(Op::kSlice, {x, begin, graph.ints({1, 2, 2, 8})}, {graph.activation({1, 2, 2, 8})});
  };
}

std::function<void(TestGraph&)> transpose_convolution(bool computed) {
  return [=](TestGraph& graph) {
    const int32_t shape = graph.ints({1, 8, 8, 4});
    const int32_t w = computed ? graph.input({1, 2, 2, 4}) : graph.weights({4, 2, 2, 4});
    const int32_t x = graph.input({1, 4, 4, 4});
    graph.add(Op::kTransposeConv, {shape, w, x}, {graph.activation({1, 8, 8, 4})},
              tflite::TfLiteTransposeConvOptions{.stride_w = 2, .stride_h = 2});
  };
}

std::function<void(TestGraph&)> lstm(Op op, TensorType type) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input({1, 5, 8}, type);
    const int32_t state = graph.activation({1, 8}, TensorType::kInt16);
    graph.tensor(state).is_variable = true;
    graph.add(op, {x, graph.weights({8, 8}), state}, {graph.activation({1, 5, 8}, type)});
  };
}

std::function<void(TestGraph&)> quantize(TensorType from, TensorType to) {
  return [=](TestGraph& graph) {
    const int32_t x = graph.input({1, 4, 4, 8}, from);
    graph.add(Op::kQuantize, {x}, {graph.activation({1, 4, 4, 8}, to)});
  };
}

// The same operator in a version newer than what is mapped.
std::function<void(TestGraph&)> in_version(std::function<void(TestGraph&)> build, Op op, int32_t version) {
  return [=](TestGraph& graph) {
    build(graph);
    const tflite::TfLiteModel built = graph.as_built();
    const tflite::Operator last = built.main().operators.back();
    graph.add(op, last.inputs, {graph.activation({1, 4, 4, 8})}, last.options).version = version;
  };
}

constexpr auto kLimited = Status::kUnspecifiedLimitation;
tflite::TfLitePool2dOptions pool(FusedActivation activation) {
  return {.stride_w = 2, .stride_h = 2, .filter_w = 2, .filter_h = 2, .activation = activation};
}

std::vector<Case> cases() {
  const Shape pixels{1, 4, 4, 8};
  std::vector<Case> all{
      {Op::kConv2d, convolution(Op::kConv2d, {4, 3, 3, 4}, 2, 2)},
      {Op::kConv2d, convolution(Op::kConv2d, {4, 3, 1, 4}, 4, 1)},
      {Op::kConv2d, convolution(Op::kConv2d, {4, 3, 3, 4}, 2, 1), kLimited, "dilation is 2 x 1"},
      {Op::kConv2d, computed_weights(Op::kConv2d, {1, 3, 3, 4}), kLimited, "weights are computed"},
      {Op::kDepthwiseConv2d, convolution(Op::kDepthwiseConv2d, {1, 3, 3, 4}, 1, 1)},
      {Op::kDepthwiseConv2d, convolution(Op::kDepthwiseConv2d, {1, 3, 3, 4}, 1, 2), kLimited,
       "dilation is 1 x 2"},
      {Op::kDepthwiseConv2d, computed_weights(Op::kDepthwiseConv2d, {1, 3, 3, 4}), kLimited, "computed"},
      {Op::kFullyConnected, dense({1, 16}, {1, 10})},
      {Op::kFullyConnected, dense({4, 16}, {4, 10}), kLimited, "4 rows"},
      {Op::kFullyConnected, dense({1, 2}, {1, kLargestDense + 1}), kLimited, "65537 outputs"},
      {Op::kFullyConnected, dense({1, 16}, {1, 10}, {.weights_format = 1}), kLimited, "shuffled"},
      {Op::kFullyConnected, dense({1, 16}, {1, 10}, {.keep_num_dims = true}), Status::kVersionNotSupported,
       "keeps the dimensions"},
      {Op::kTransposeConv, transpose_convolution(false)},
      {Op::kTransposeConv, transpose_convolution(true), kLimited, "computed"},
      {Op::kAveragePool2d, unary(Op::kAveragePool2d, pixels, {1, 2, 2, 8}, pool(FusedActivation::kNone))},
      {Op::kAveragePool2d, unary(Op::kAveragePool2d, pixels, {1, 2, 2, 8}, pool(FusedActivation::kRelu)),
       kLimited, "fused activation"},
      {Op::kMaxPool2d, unary(Op::kMaxPool2d, pixels, {1, 2, 2, 8}, pool(FusedActivation::kNone))},
      {Op::kMaxPool2d, unary(Op::kMaxPool2d, pixels, {1, 2, 2, 8}, pool(FusedActivation::kRelu6)), kLimited,
       "fused activation"},
      {Op::kConcatenation, join(0, 2)},
      {Op::kConcatenation, join(1, 2), kLimited, "joins constants"},
      {Op::kConcatenation, join(0, 3), kLimited, "joins constants"},
      {Op::kMean, with_numbers(Op::kMean, {1, 7, 7, 32}, {1, 2}, {1, 32})},
      {Op::kMean, with_numbers(Op::kMean, {1, 7, 7, 32}, {-1}, {1, 7, 7})},
      {Op::kMean, with_numbers(Op::kMean, {1, 7, 7, 30}, {-1}, {1, 7, 7}), kLimited, "multiples of 4"},
      {Op::kMean, with_numbers(Op::kMean, {1, 256, 128, 3}, {1, 2}, {1, 3}), kLimited,
       "32768 values or more"},
      {Op::kMean, with_numbers(Op::kMean, {4, 8}, {0}, {8}), kLimited, "along the batch"},
      {Op::kMean, with_computed(Op::kMean, {1, 7, 7, 32}, {2}, {1, 32}), Status::kUnsupportedDataType,
       "INT32"},
      {Op::kSum, with_numbers(Op::kSum, {1, 7, 7, 32}, {1, 2}, {1, 32})},
      {Op::kSum, with_numbers(Op::kSum, {7, 32}, {-2}, {32}), kLimited, "along the batch"},
      {Op::kReduceMax, with_numbers(Op::kReduceMax, {1, 7, 7, 32}, {1, 2}, {1, 32})},
      {Op::kReduceMax, with_numbers(Op::kReduceMax, {7, 32}, {0}, {32}), kLimited, "along the batch"},
      {Op::kReduceMin, with_numbers(Op::kReduceMin, {1, 7, 7, 32}, {1, 2}, {1, 32})},
      {Op::kReduceMin, with_numbers(Op::kReduceMin, {7, 32}, {0}, {32}), kLimited, "along the batch"},
      {Op::kPad, with_numbers(Op::kPad, {4, 8}, {0, 0, 1, 1}, {4, 10})},
      {Op::kPad, with_numbers(Op::kPad, {4, 8}, {1, 0, 0, 0}, {5, 8}), kLimited, "along the batch"},
      {Op::kPack, pack(2, {1, 8, 2})},
      {Op::kPack, pack(-3, {2, 1, 8}), kLimited, "along the batch"},
      {Op::kSplit, split(2, {2, 4, 4})},
      {Op::kSplit, split(-3, {1, 4, 8}), kLimited, "along the batch"},
      {Op::kSplit,
       [](TestGraph& graph) {  // into one part, which is no split
         const int32_t axis = graph.ints({0});
         graph.add(Op::kSplit, {axis, graph.input({1, 4, 8})}, {graph.activation({1, 4, 8})},
                   tflite::TfLiteSplitOptions{.num_splits = 1});
       }},
      {Op::kReshape, with_numbers(Op::kReshape, pixels, {1, 128}, {1, 128})},
      {Op::kReshape, with_computed(Op::kReshape, pixels, {2}, {1, 128}), Status::kUnsupportedDataType,
       "INT32"},
      {Op::kExpandDims, with_numbers(Op::kExpandDims, {4, 8}, {0}, {1, 4, 8})},
      {Op::kExpandDims, with_computed(Op::kExpandDims, {4, 8}, {1}, {1, 4, 8}), Status::kUnsupportedDataType,
       "INT32"},
      {Op::kSlice, slice(false)},
      {Op::kSlice, slice(true), Status::kUnsupportedDataType, "INT32"},
      {Op::kStridedSlice, strided(1)},
      {Op::kStridedSlice, strided(2), kLimited, "strides other than 1"},
      {Op::kStridedSlice, strided(1, {.ellipsis_mask = 1}), Status::kVersionNotSupported, "at most 5"},
      {Op::kResizeBilinear, with_numbers(Op::kResizeBilinear, pixels, {8, 8}, {1, 8, 8, 8})},
      {Op::kResizeBilinear, with_numbers(Op::kResizeBilinear, {1, 1, 1, 8}, {33, 33}, {1, 33, 33, 8}),
       kLimited, "enlarges 1 pixels to 33"},
      {Op::kResizeBilinear,
       with_numbers(Op::kResizeBilinear, {1, 256, 256, 32}, {512, 512}, {1, 512, 512, 32}), kLimited,
       "memory for activations"},
      {Op::kResizeNearestNeighbor, with_numbers(Op::kResizeNearestNeighbor, pixels, {8, 8}, {1, 8, 8, 8})},
      {Op::kResizeNearestNeighbor,
       with_numbers(Op::kResizeNearestNeighbor, {1, 2, 2, 8}, {2, 32}, {1, 2, 32, 8}), kLimited,
       "enlarges 2 pixels to 32"},
      {Op::kResizeNearestNeighbor, with_numbers(Op::kResizeNearestNeighbor, {4, 8}, {8, 8}, {8, 8}), kLimited,
       "other than four dimensions"},
      {Op::kSoftmax,
       unary(Op::kSoftmax, {1, kLargestSoftmax}, {1, kLargestSoftmax}, tflite::TfLiteSoftmaxOptions{})},
      {Op::kSoftmax, unary(Op::kSoftmax, {1, 16385}, {1, 16385}, tflite::TfLiteSoftmaxOptions{}), kLimited,
       "16385 values"},
      {Op::kSoftmax, unary(Op::kSoftmax, {3, 10}, {3, 10}, tflite::TfLiteSoftmaxOptions{}), kLimited,
       "3 rows"},
      {Op::kPrelu, prelu({1, 1, 8})},
      {Op::kPrelu, prelu({4, 4, 8}), kLimited, "shared_axes"},
      {Op::kTranspose, with_numbers(Op::kTranspose, pixels, {0, 3, 1, 2}, {1, 8, 4, 4})},
      {Op::kTranspose, with_numbers(Op::kTranspose, {4, 8}, {1, 0}, {8, 4}), kLimited, "along the batch"},
      {Op::kTile,
       [](TestGraph& graph) {
         const int32_t x = graph.input({1, 1, 1, 8}, TensorType::kUInt8);
         graph.add(Op::kTile, {x, graph.ints({1, 3, 3, 1})},
                   {graph.activation({1, 3, 3, 8}, TensorType::kUInt8)});
       }},
      {Op::kTile, with_numbers(Op::kTile, {1, 8}, {2, 1}, {2, 8}), Status::kVersionNotSupported, "at most 2"},
      {Op::kTile,
       [](TestGraph& graph) {
         const int32_t x = graph.input({1, 8}, TensorType::kUInt8);
         graph.add(Op::kTile, {x, graph.ints({2, 1})}, {graph.activation({2, 8}, TensorType::kUInt8)});
       },
       kLimited, "along the batch"},
      {Op::kQuantize, quantize(TensorType::kInt8, TensorType::kUInt8)},
      {Op::kQuantize, quantize(TensorType::kFloat32, TensorType::kInt8), kLimited, "takes floats"},
      {Op::kLstm, lstm(Op::kLstm, TensorType::kInt8)},
      {Op::kLstm, lstm(Op::kLstm, TensorType::kFloat32), Status::kUnsupportedDataType, "FLOAT32"},
      {Op::kUnidirectionalSequenceLstm, lstm(Op::kUnidirectionalSequenceLstm, TensorType::kInt8)},
      {Op::kUnidirectionalSequenceLstm, lstm(Op::kUnidirectionalSequenceLstm, TensorType::kFloat32),
       Status::kUnsupportedDataType, "FLOAT32"},
      // Never.
      {Op::kDequantize,
       [](TestGraph& graph) {
         const int32_t x = graph.input({1, 8});
         graph.add(Op::kDequantize, {x}, {graph.activation({1, 8}, TensorType::kFloat32)});
       },
       Status::kUnsupportedDataType, "integer output"},
      {Op::kLeakyRelu, same(Op::kLeakyRelu), Status::kNotSupported, "PRELU and RELU are mapped"},
      {Op::kHardSwish, same(Op::kHardSwish), Status::kNotSupported, "RELU6 is mapped"},
      {Op::kElu, same(Op::kElu), Status::kNotSupported, "RELU is mapped"},
      {Op::kSqrt, same(Op::kSqrt), Status::kNotSupported, "no such operation"},
      {Op::kDiv, binary(Op::kDiv), Status::kNotSupported, "no such operation"},
      {Op::kFloorDiv, binary(Op::kFloorDiv), Status::kNotSupported, "no such operation"},
  };
  for (const Op op : {Op::kLogistic, Op::kTanh, Op::kRelu, Op::kRelu6, Op::kReluN1To1, Op::kL2Normalization,
                      Op::kSpaceToDepth, Op::kSqueeze, Op::kRsqrt}) {
    all.push_back({op, same(op)});
    all.push_back({op, unary(op, {2, 4, 4, 8}, {2, 4, 4, 8}), Status::kUnsupportedRank, "(2, 4, 4, 8)"});
  }
  for (const Op op : {Op::kAdd, Op::kSub, Op::kMul, Op::kMaximum, Op::kMinimum, Op::kSquaredDifference}) {
    all.push_back({op, binary(op)});
    all.push_back({op, binary(op, TensorType::kInt32), Status::kUnsupportedDataType, "INT32"});
  }
  for (const Op op : {Op::kRelu, Op::kLogistic, Op::kL2Normalization}) {
    all.push_back({op, in_version(same(op), op, 99), Status::kVersionNotSupported, "version 99"});
  }
  return all;
}

class Rules : public testing::TestWithParam<Case> {};

TEST_P(Rules, JudgeAnOperatorAlone) {
  TestGraph graph;
  GetParam().build(graph);
  const tflite::TfLiteModel model = graph.finish();
  ASSERT_EQ(model.main().operators.back().op, GetParam().op);
  const GraphView view(model.main());
  const Verdict verdict = judge(OperatorView(view, model.main().operators.size() - 1));
  EXPECT_EQ(verdict.status, GetParam().status) << to_string(verdict.status) << ": " << verdict.reason;
  if (GetParam().reason.empty()) {
    EXPECT_EQ(verdict.reason, "");
  } else {
    EXPECT_THAT(verdict.reason, HasSubstr(GetParam().reason));
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Rules, testing::ValuesIn(cases()));

TEST(RulesTable, EveryRowIsProvokedBothWays) {
  std::set<Op> mapped, refused;
  for (const Case& each : cases()) (each.status == Status::kMapped ? mapped : refused).insert(each.op);
  for (const OperatorRule& rule : operator_rules()) {
    EXPECT_TRUE(mapped.contains(rule.op)) << tflite::to_string(rule.op) << " is never mapped in these tests";
    EXPECT_TRUE(refused.contains(rule.op))
        << tflite::to_string(rule.op) << " is never refused in these tests";
  }
}

TEST(StatusTexts, AreReadAsTheyAreWritten) {
  for (const Status status :
       {Status::kMapped, Status::kNotSupported, Status::kVersionNotSupported, Status::kUnsupportedDataType,
        Status::kUnspecifiedLimitation, Status::kUnsupportedRank, Status::kSecondSubgraph}) {
    EXPECT_EQ(status_from(to_string(status)), status);
  }
  EXPECT_EQ(status_from("Operation is fine"), std::nullopt);
}

}  // namespace
}  // namespace nudge::edgetpu
