// What each operator refuses: axes, indices, sizes and types that do not fit its tensors.
#include <gmock/gmock.h>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/test_model.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;
using testing::HasSubstr;
using testing::ThrowsMessage;

// One operator on float inputs of these shapes and int32 constants after them.
class One {
 public:
  One(Op op, const std::vector<Shape>& inputs, Options options = {}) : op_(op), options_(std::move(options)) {
    for (const Shape& shape : inputs) inputs_.push_back(model_.input(shape, TensorType::kFloat32));
  }
  One& ints(const std::vector<int32_t>& values) {
    inputs_.push_back(model_.ints(values));
    return *this;
  }
  One& number_first(int32_t value) {
    inputs_.insert(inputs_.begin(), model_.ints({value}));
    return *this;
  }
  One& outputs(int count) {
    outputs_ = count;
    return *this;
  }
  // Throws what the evaluator throws.
  TfLiteModel prepare() {
    std::vector<int32_t> outputs;
    for (int i = 0; i < outputs_; ++i) outputs.push_back(model_.activation(TensorType::kFloat32));
    model_.add(op_, inputs_, outputs, options_);
    return model_.finish();
  }

 private:
  TestModel model_{1};
  Op op_;
  Options options_;
  std::vector<int32_t> inputs_;
  int outputs_ = 1;
};

void expect_refused(One one, const std::string& message) {
  EXPECT_THAT([&] { one.prepare(); }, ThrowsMessage<InputError>(HasSubstr(message)));
}

TEST(RefusedOperators, SumsThatLiteRtAborts) {
  for (const Op op : {Op::kAdd, Op::kSub}) {
    TestModel model{1};
    const int32_t x = model.input({4});
    const int32_t sum = model.activation(per_tensor(1e-9f, 0));
    if (op == Op::kAdd) {
      model.add(op, {x, x}, {sum}, TfLiteAddOptions{});
    } else {
      model.add(op, {x, x}, {sum}, TfLiteSubOptions{});
    }
    EXPECT_THAT([&] { model.finish(); }, ThrowsMessage<InputError>(HasSubstr("LiteRT would abort")));
  }
}

TEST(RefusedOperators, Views) {
  expect_refused(One(Op::kTranspose, {{2, 3}}).ints({0}), "1 numbers for the 2 dimensions");
  expect_refused(One(Op::kTranspose, {{2, 3}}).ints({0, 2}), "axis 2 of a tensor of 2 dimensions");
  expect_refused(One(Op::kTranspose, {{2, 3}}).ints({1, -1}), "dimension 1 twice");
  expect_refused(One(Op::kSlice, {{2, 3}}).ints({0, 1}).ints({2, 3}), "3 elements from 1 of the 3");
  expect_refused(One(Op::kSlice, {{2, 3}}).ints({0, -1}).ints({2, 1}), "1 elements from -1 of the 3");
  expect_refused(One(Op::kSlice, {{2, 3}}).ints({0, 4}).ints({2, -1}), "-1 elements from 4 of the 3");
  expect_refused(One(Op::kStridedSlice, {{2, 3}}).ints({0}).ints({1}).ints({1, 1}),
                 "do not fit its input's rank");
  expect_refused(One(Op::kStridedSlice, {{2, 3}}).ints({0}).ints({1}).ints({0}), "a stride is 0");
  TfLiteStridedSliceOptions shrink;
  shrink.shrink_axis_mask = 2;
  expect_refused(One(Op::kStridedSlice, {{2, 3}}, shrink).ints({0, 3}).ints({1, 4}).ints({1, 1}),
                 "index 3 with stride 1 of the 3 in dimension 1");
  TfLiteStridedSliceOptions ellipsis;
  ellipsis.ellipsis_mask = 1;
  EXPECT_THROW(One(Op::kStridedSlice, {{2, 3}}, ellipsis).ints({0}).ints({1}).ints({1}).prepare(),
               UnsupportedError);
  expect_refused(One(Op::kReverseV2, {{2, 3}}).ints({2}), "axis 2 of");
  expect_refused(One(Op::kReverseV2, {{2, 3}}).ints({1, -1}), "dimension 1 twice");
  expect_refused(One(Op::kBroadcastTo, {{2, 3}}).ints({3}), "(2, 3) cannot be broadcast to (3)");
  expect_refused(One(Op::kBroadcastTo, {{2, 3}}).ints({2, 4}), "(2, 3) cannot be broadcast to (2, 4)");
  expect_refused(One(Op::kBroadcastTo, {{1, 1}}).ints({-2, 4}), "would have the shape");
  expect_refused(One(Op::kBroadcastTo, {{1, 1}}).ints({1 << 20, 1 << 20}), "too large");
  expect_refused(One(Op::kTile, {{2, 3}}).ints({1, -1}), "-1 copies of dimension 1");
  expect_refused(One(Op::kTile, {{2, 3}}).ints({1 << 20, 1 << 20}), "too large");
}

TEST(RefusedOperators, SplitsAndPacks) {
  expect_refused(One(Op::kSplit, {{2, 3}}, TfLiteSplitOptions{2}).number_first(1).outputs(2),
                 "3 elements do not split into 2");
  expect_refused(One(Op::kSplit, {{2, 3}}, TfLiteSplitOptions{3}).number_first(1),
                 "has 1 outputs for 3 parts");
  expect_refused(One(Op::kSplit, {{2, 3}}, TfLiteSplitOptions{2}).number_first(-3), "axis -3 of");
  expect_refused(One(Op::kSplitV, {{2, 3}}, TfLiteSplitOptions{2}).ints({1, 1}).ints({1}).outputs(2),
                 "parts of (1, 1) are not the 3 elements");
  expect_refused(One(Op::kSplitV, {{2, 3}}, TfLiteSplitOptions{2}).ints({4, -1}).ints({1}).outputs(2),
                 "parts of (4, -1) are not the 3 elements");
  expect_refused(One(Op::kSplitV, {{2, 3}}, TfLiteSplitOptions{2}).ints({2, 1}).ints({1, 1}).outputs(2),
                 "input 2 must be one number");
  expect_refused(One(Op::kUnpack, {{2, 3}}, TfLiteUnpackOptions{2, 1}), "3 elements do not unpack into 2");
  expect_refused(One(Op::kUnpack, {{2, 3}}, TfLiteUnpackOptions{3, 2}), "axis 2 of");
  expect_refused(One(Op::kUnpack, {{2, 3}}, TfLiteUnpackOptions{3, 1}), "has 1 outputs for 3 parts");
  expect_refused(One(Op::kPack, {{2, 3}, {3, 2}}, TfLitePackOptions{2, 0}), "differ in more than the axis");
  expect_refused(One(Op::kPack, {{2, 3}, {2, 3}}, TfLitePackOptions{2, 3}), "axis 3 of");
  expect_refused(One(Op::kConcatenation, {{2, 3}, {3}}, TfLiteConcatenationOptions{0}),
                 "2 dimensions are needed");
}

TEST(RefusedOperators, Gathers) {
  expect_refused(One(Op::kGather, {{2, 3}}, TfLiteGatherOptions{2}).ints({0}), "axis 2 of");
  expect_refused(One(Op::kGather, {{2, 3}}, TfLiteGatherOptions{1, 2}).ints({0}),
                 "2 batch dimensions for axis 1");
  expect_refused(One(Op::kGather, {{2, 3}}, TfLiteGatherOptions{1, -1}).ints({0}), "-1 batch dimensions");
  expect_refused(One(Op::kGather, {{2, 3}}, TfLiteGatherOptions{1, 1}).ints({0}),
                 "other batches than its table");
  EXPECT_THROW(One(Op::kGather, {{2, 3}, {2}}, TfLiteGatherOptions{1}).prepare(), UnsupportedError);
  for (const int32_t index : {-1, 2}) {
    TestModel model(1);
    const int32_t x = model.input({2, 3}, TensorType::kFloat32);
    model.add(Op::kGather, {x, model.ints({index})}, {model.activation(TensorType::kFloat32)},
              TfLiteGatherOptions{});
    Evaluator evaluator(model.finish(), {.name = "m.tflite"});
    EXPECT_THAT(
        [&] {
          evaluator.run({Array({2, 3})});
        },
        ThrowsMessage<InputError>(
            HasSubstr("m.tflite: operator 0 GATHER: index " + std::to_string(index) + " into 2 rows")));
  }
}

TEST(RefusedOperators, Products) {
  expect_refused(One(Op::kBatchMatmul, {{2, 3}, {4, 3}}), "(2, 3) and (4, 3) do not multiply");
  expect_refused(One(Op::kBatchMatmul, {{3}, {3, 4}}), "input 0 of shape (3,) is no matrix");
  expect_refused(One(Op::kBatchMatmul, {{2, 0}, {0, 4}}), "input 0 of shape (2, 0) is empty");
  expect_refused(One(Op::kBatchMatmul, {{2, 2, 3}, {3, 3, 4}}), "cannot be broadcast");
  EXPECT_THROW(One(Op::kConv3d, {{1, 4, 4, 4, 2}, {1, 1, 1, 2, 3}}, TfLiteConv3dOptions{}).prepare(),
               UnsupportedError);
  const auto volume = [](const Shape& weights, TfLiteConv3dOptions options, int64_t bias) {
    TestModel model(1);
    const int32_t x = model.input({1, 4, 4, 4, 2}, TensorType::kFloat32);
    model.add(Op::kConv3d, {x, model.floats(weights), model.floats({bias})},
              {model.activation(TensorType::kFloat32)}, options);
    model.finish();
  };
  const auto refuses = [&](const Shape& weights, TfLiteConv3dOptions options, int64_t bias,
                           const char* message) {
    EXPECT_THAT([&] { volume(weights, options, bias); }, ThrowsMessage<InputError>(HasSubstr(message)));
  };
  EXPECT_NO_THROW(volume({1, 2, 1, 2, 3}, {}, 3));
  refuses({1, 2, 1, 3, 3}, {}, 3, "does not fit weights");
  refuses({1, 2, 2, 3}, {}, 3, "5 dimensions are needed");
  refuses({1, 2, 1, 2, 3}, {}, 4, "3 channels are needed");
  TfLiteConv3dOptions still;
  still.stride_d = 0;
  refuses({1, 2, 1, 2, 3}, still, 3, "strides and dilations");
  TestModel back(1);
  const int32_t x = back.input({1, 4, 4, 4, 2}, TensorType::kFloat32);
  back.add(Op::kConv3dTranspose, {back.ints({1, 4, 4, 5, 3}), back.floats({1, 1, 1, 3, 2}), x},
           {back.activation(TensorType::kFloat32)}, TfLiteConv3dOptions{});
  EXPECT_THAT([&] { back.finish(); }, ThrowsMessage<InputError>(HasSubstr("do not fit")));
}

TEST(RefusedOperators, Resizes) {
  expect_refused(
      One(Op::kResizeBilinear, {{1, 2, 2, 1}}, TfLiteResizeBilinearOptions{true, true}).ints({4, 4}),
      "not both");
  expect_refused(
      One(Op::kResizeNearestNeighbor, {{1, 2, 2, 1}}, TfLiteResizeNearestNeighborOptions{true, true})
          .ints({4, 4}),
      "not both");
  expect_refused(One(Op::kResizeBilinear, {{1, 2, 2, 1}}).ints({4, 0}), "two positive numbers");
  expect_refused(One(Op::kResizeBilinear, {{1, 2, 2, 1}}).ints({1, 1 << 30}), "that of no image");
}

TEST(RefusedOperators, Reductions) {
  expect_refused(One(Op::kArgMax, {{2, 3}}).ints({2}), "axis 2 of");
  expect_refused(One(Op::kArgMin, {{2, 3}}).ints({0, 1}), "input 1 must be one number");
  expect_refused(One(Op::kArgMin, {{2, 0}}).ints({0}), "its input is empty");
  EXPECT_THROW(One(Op::kArgMax, {{2, 3}}).ints({0}).prepare(), UnsupportedError);  // its output is FLOAT32
  expect_refused(One(Op::kMean, {{2, 3}}).ints({2}), "axis 2 of");
  expect_refused(One(Op::kReduceMax, {{2, 3}}).ints({-3}), "axis -3 of");
  expect_refused(One(Op::kSum, {{2, 0}}).ints({1}), "its input is empty");
  TestModel codes(1);
  codes.add(Op::kSum, {codes.input({2, 3}), codes.ints({1})}, {codes.activation()}, TfLiteReducerOptions{});
  EXPECT_THAT([&] { codes.finish(); }, ThrowsMessage<UnsupportedError>(HasSubstr("int8 sums")));
}

TEST(RefusedOperators, PairsAndChoices) {
  for (const Op op : {Op::kDiv, Op::kPow, Op::kSquaredDifference, Op::kMaximum}) {
    expect_refused(One(op, {{2, 3}, {2}}), "shapes (2, 3) and (2,) cannot be broadcast");
  }
  TestModel choice(1);
  const int32_t condition = choice.input({4}, TensorType::kBool),
                x = choice.input({2, 3}, TensorType::kFloat32);
  choice.add(Op::kSelectV2, {condition, x, x}, {choice.activation(TensorType::kFloat32)});
  EXPECT_THAT([&] { choice.finish(); }, ThrowsMessage<InputError>(HasSubstr("cannot be broadcast")));
  EXPECT_THROW(One(Op::kSelectV2, {{2, 3}, {2, 3}, {2, 3}}).prepare(), UnsupportedError);
  EXPECT_THROW(One(Op::kLess, {{2, 3}, {2, 3}}).prepare(), UnsupportedError);  // its output is no BOOL
  EXPECT_THROW(One(Op::kLogicalAnd, {{2, 3}, {2, 3}}).prepare(), UnsupportedError);
  TestModel select(1);
  const int32_t one = select.input({3}, TensorType::kBool), y = select.input({2, 3}, TensorType::kFloat32);
  select.add(Op::kSelect, {one, y, y}, {select.activation(TensorType::kFloat32)});
  EXPECT_THAT([&] { select.finish(); }, ThrowsMessage<UnsupportedError>(HasSubstr("SELECT_V2")));
}

TEST(RefusedOperators, Blocks) {
  expect_refused(One(Op::kSpaceToDepth, {{1, 4, 4, 1}}, TfLiteBlockOptions{0}), "blocks of 0 pixels");
  expect_refused(One(Op::kSpaceToDepth, {{1, 4, 5, 1}}, TfLiteBlockOptions{2}), "no whole blocks of 2");
  expect_refused(One(Op::kDepthToSpace, {{1, 4, 4, 3}}, TfLiteBlockOptions{2}),
                 "3 channels are no blocks of 2");
  expect_refused(One(Op::kSpaceToBatchNd, {{1, 4, 4, 3}}).ints({2, 0}).ints({0, 0, 0, 0}),
                 "blocks are empty");
  expect_refused(One(Op::kSpaceToBatchNd, {{1, 4, 4, 3}}).ints({2, 2}).ints({0, -1, 0, 0}), "are negative");
  expect_refused(One(Op::kSpaceToBatchNd, {{1, 4, 4, 3}}).ints({2, 3}).ints({0, 0, 0, 0}), "no whole blocks");
  expect_refused(One(Op::kBatchToSpaceNd, {{3, 4, 4, 3}}).ints({2, 2}).ints({0, 0, 0, 0}), "do not fill");
}

TEST(RefusedOperators, WholeNumbers) {
  TestModel model(1);
  const int32_t x = model.input({3}, TensorType::kInt32);
  model.add(Op::kDiv, {x, model.ints({1, 0, 2})}, {model.activation(TensorType::kInt32)}, TfLiteDivOptions{});
  Evaluator evaluator(model.finish(), {.name = "m.tflite"});
  const Array ones = Array::full<int32_t>({3}, 1);
  EXPECT_THAT([&] { evaluator.run({ones}); },
              ThrowsMessage<InputError>(HasSubstr("m.tflite: operator 0 DIV: a division by 0")));
  TestModel places(1);
  const int32_t table = places.input({2, 3}, TensorType::kFloat32);
  places.add(Op::kGatherNd, {table, places.ints({1, 3})}, {places.activation(TensorType::kFloat32)});
  Evaluator gather(places.finish(), {.name = "m.tflite"});
  EXPECT_THAT(
      [&] {
        gather.run({Array({2, 3})});
      },
      ThrowsMessage<InputError>(HasSubstr("m.tflite: operator 0 GATHER_ND: index 3 into 3 rows")));
  expect_refused(One(Op::kGatherNd, {{2, 3}}).ints({1, 1, 1}), "indices (3,) do not fit the shape (2, 3)");
}

// Of codes, or with an output that the runtime's table does not have.
TEST(RefusedOperators, FunctionsOfCodes) {
  for (const Op op : {Op::kDiv, Op::kPow, Op::kFloorDiv, Op::kSin, Op::kSqrt, Op::kNeg, Op::kSign}) {
    TestModel model(1);
    const int32_t x = model.input({2, 3});
    const bool pair = op == Op::kDiv || op == Op::kPow || op == Op::kFloorDiv;
    model.add(op, pair ? std::vector<int32_t>{x, x} : std::vector<int32_t>{x}, {model.activation()});
    EXPECT_THAT([&] { model.finish(); }, ThrowsMessage<UnsupportedError>(HasSubstr("in int8 the runtime")));
  }
  for (const auto& [op, message] :
       std::vector<std::pair<Op, std::string>>{{Op::kLogistic, "scale 1/256 and zero point -128"},
                                               {Op::kTanh, "scale 1/128 and zero point 0"},
                                               {Op::kSoftmax, "scale 1/256 and zero point -128"},
                                               {Op::kLogSoftmax, "scale 1/16 and zero point 127"},
                                               {Op::kL2Normalization, "scale 1/128 and zero point 0"}}) {
    TestModel model(1);
    model.add(op, {model.input({2, 3})}, {model.activation(per_tensor(1.0F / 64, 0))});
    EXPECT_THAT([&] { model.finish(); }, ThrowsMessage<InputError>(HasSubstr(message)));
  }
  TestModel root(1);
  root.add(Op::kRsqrt, {root.input({2, 3})}, {root.activation()});
  EXPECT_THAT([&] { root.finish(); }, ThrowsMessage<UnsupportedError>(HasSubstr("may be negative")));
  for (const Op op : {Op::kSoftmax, Op::kLogSoftmax, Op::kL2Normalization})
    expect_refused(One(op, {{}}), "no last dimension");
}

TEST(RefusedOperators, ValuesThatMoveKeepTheirType) {
  TestModel scales(1);
  scales.add(Op::kConcatenation, {scales.input({2, 3})}, {scales.activation()}, TfLiteConcatenationOptions{});
  EXPECT_THAT([&] { scales.finish(); }, ThrowsMessage<UnsupportedError>(HasSubstr("must share scale")));
  TestModel types(1);
  types.add(Op::kTile, {types.input({2, 3}), types.ints({1, 2})}, {types.activation(TensorType::kFloat32)});
  EXPECT_THAT([&] { types.finish(); }, ThrowsMessage<UnsupportedError>(HasSubstr("is FLOAT32, only INT8")));
  TestModel casts(1);
  casts.add(Op::kCast, {casts.input({2, 3})}, {casts.activation(TensorType::kUInt32)});
  EXPECT_THAT([&] { casts.finish(); }, ThrowsMessage<UnsupportedError>(HasSubstr("to UINT32")));
}

}  // namespace
}  // namespace nudge::tflite
