// Models whose constants, shapes, types or bytes are damaged are computed or refused, whatever they say.
#include <gmock/gmock.h>

#include <cstring>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/test_model.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

// Every operator that reads axes, sizes or indices, on one image and one volume.
TfLiteModel sample_model(TensorType type) {
  TestModel model(5);
  const int32_t x = model.input({1, 4, 6, 2}, type);
  const int32_t chosen = model.input({2, 2}, TensorType::kInt32);
  const auto add = [&](Op op, std::vector<int32_t> inputs, Options options = {}, int outputs = 1) {
    std::vector<int32_t> made;
    for (int i = 0; i < outputs; ++i) made.push_back(model.same_scale(x));
    model.add(op, std::move(inputs), made, std::move(options));
    return made[0];
  };
  add(Op::kTranspose, {x, model.ints({0, 3, 1, 2})});
  add(Op::kSlice, {x, model.ints({0, 1, 2, 0}), model.ints({1, -1, 3, 2})});
  add(Op::kStridedSlice, {x, model.ints({0, 3, -1, 0}), model.ints({1, 0, 1, 2}), model.ints({1, -1, -2, 1})},
      TfLiteStridedSliceOptions{.end_mask = 1, .shrink_axis_mask = 1});
  add(Op::kReverseV2, {x, model.ints({1, 2})});
  add(Op::kTile, {x, model.ints({1, 2, 1, 3})});
  add(Op::kBroadcastTo, {x, model.ints({3, 4, 6, 2})});
  add(Op::kSplit, {model.ints({2}), x}, TfLiteSplitOptions{2}, 2);
  add(Op::kSplitV, {x, model.ints({1, -1, 2}), model.ints({1})}, TfLiteSplitOptions{3}, 3);
  add(Op::kUnpack, {x}, TfLiteUnpackOptions{2, 3}, 2);
  add(Op::kPack, {x, x}, TfLitePackOptions{2, 1});
  add(Op::kConcatenation, {x, x}, TfLiteConcatenationOptions{2});
  add(Op::kGather, {x, chosen}, TfLiteGatherOptions{1});
  add(Op::kPad, {x, model.constant(Array::of<int32_t>({4, 2}, {0, 0, 1, 2, 0, 1, 0, 0}))});
  add(Op::kMean, {x, model.ints({1, 2})}, TfLiteReducerOptions{});
  add(Op::kReduceMax, {x, model.ints({-1})}, TfLiteReducerOptions{true});
  add(Op::kResizeBilinear, {x, model.ints({7, 3})}, TfLiteResizeBilinearOptions{});
  add(Op::kResizeNearestNeighbor, {x, model.ints({3, 9})}, TfLiteResizeNearestNeighborOptions{});
  if (type != TensorType::kUInt8) add(Op::kBatchMatmul, {x, x}, TfLiteBatchMatMulOptions{false, true});
  add(Op::kGatherNd, {x, chosen});
  add(Op::kSpaceToDepth, {x}, TfLiteBlockOptions{2});
  add(Op::kSpaceToBatchNd, {x, model.ints({2, 3}), model.constant(Array::of<int32_t>({2, 2}, {1, 1, 0, 0}))});
  model.add(Op::kShape, {x}, {model.activation(TensorType::kInt32)}, TfLiteShapeOptions{});
  add(Op::kMaximum, {x, x});
  model.add(Op::kArgMax, {x, model.ints({2})}, {model.activation(TensorType::kInt32)}, TfLiteArgMaxOptions{});
  const int32_t flat = add(Op::kReshape, {x, model.ints({1, -1})}, TfLiteReshapeOptions{{1, -1}});
  add(Op::kExpandDims, {flat, model.ints({1})});
  if (type != TensorType::kFloat32) return model.finish();
  const int32_t volume = model.input({1, 3, 4, 3, 2}, type);
  add(Op::kConv3d, {volume, model.floats({2, 1, 2, 2, 3}), model.floats({3})}, TfLiteConv3dOptions{});
  add(Op::kConv3dTranspose,
      {model.ints({1, 3, 4, 3, 3}), model.floats({2, 1, 2, 3, 2}), volume, model.floats({3})},
      TfLiteConv3dOptions{});
  add(Op::kTransposeConv, {model.ints({1, 8, 12, 3}), model.floats({3, 2, 3, 2}), x, model.floats({3})},
      TfLiteTransposeConvOptions{TfLitePadding::kSame, 2, 2});
  return model.finish();
}

bool is_small(const TfLiteModel& model) {
  double elements = 0;
  for (const TfLiteTensor& tensor : model.main().tensors) {
    double here = 1;
    for (const int64_t size : tensor.shape) here *= static_cast<double>(size);
    elements += here;
  }
  return elements < 1e5;
}

// Whatever is wrong with a model, preparing and running it works or throws one of our errors.
void run_or_refuse(const TfLiteModel& model) {
  try {
    Evaluator evaluator(model, {.name = "file"});
    if (!is_small(evaluator.model())) return;
    Random random(1);
    std::vector<Array> inputs;
    for (const int32_t index : evaluator.model().main().inputs) {
      const TfLiteTensor& tensor = evaluator.model().main().tensors[static_cast<size_t>(index)];
      if (element_count(tensor.shape) == 0) return;
      inputs.push_back(random_array(tensor, random));
    }
    evaluator.run(inputs);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("file"));
  }
}

// A number that an axis, a size or an index should not be.
int32_t odd_number(Random& random) {
  static constexpr std::array kNumbers = {INT32_MIN, -100, -5, -4, -2,      -1,      0,        1,
                                          2,         3,    4,  7,  1 << 16, 1 << 30, INT32_MAX};
  return kNumbers[random.below(kNumbers.size())];
}

void damage(SubGraph& graph, Random& random) {
  TfLiteTensor& tensor = graph.tensors[random.below(graph.tensors.size())];
  Operator& op = graph.operators[random.below(graph.operators.size())];
  switch (random.below(4)) {
    case 0:
      if (!tensor.shape.empty() && !tensor.is_constant())
        tensor.shape[random.below(tensor.shape.size())] = static_cast<int64_t>(random.below(8));
      return;
    case 1:
      if (!op.inputs.empty())
        op.inputs[random.below(op.inputs.size())] =
            static_cast<int32_t>(random.below(graph.tensors.size() + 1)) - 1;
      return;
    case 2:
      if (!tensor.is_constant()) tensor.shape.push_back(2);
      return;
    default:
      if (tensor.is_constant() && tensor.type == TensorType::kInt32) {
        const int32_t number = odd_number(random);
        std::memcpy(tensor.data.data() + sizeof(number) * random.below(tensor.data.size() / sizeof(number)),
                    &number, sizeof(number));
      }
  }
}

class MalformedOperators : public testing::TestWithParam<TensorType> {};

TEST_P(MalformedOperators, NumbersShapesAndInputs) {
  const TfLiteModel sound = sample_model(GetParam());
  run_or_refuse(sound);
  Random random(23);
  for (int i = 0; i < 1000; ++i) {
    SCOPED_TRACE(i);
    TfLiteModel model = sound;
    // One operator at a time: what is wrong with it is not hidden by another's fault.
    SubGraph& graph = model.main();
    graph.operators = {sound.main().operators[random.below(sound.main().operators.size())]};
    graph.outputs = graph.operators[0].outputs;
    const uint64_t faults = 1 + random.below(3);
    for (uint64_t f = 0; f < faults; ++f) damage(graph, random);
    run_or_refuse(model);
  }
}

TEST_P(MalformedOperators, Bytes) {
  const std::vector<std::byte> sound = serialize(sample_model(GetParam()));
  Random random(29);
  for (int i = 0; i < 400; ++i) {
    SCOPED_TRACE(i);
    std::vector<std::byte> broken = sound;
    broken[random.below(broken.size())] = static_cast<std::byte>(random.next());
    try {
      run_or_refuse(parse(broken, "file"));
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("file"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, MalformedOperators,
                         testing::Values(TensorType::kFloat32, TensorType::kInt8, TensorType::kUInt8));

}  // namespace
}  // namespace nudge::tflite
