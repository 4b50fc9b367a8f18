// 16-bit codes, dynamic-range weights and float16 constants, against LiteRT's reference kernels.
#include <cmath>

#include "nudge/tflite/evaluator/reference_kernels_test.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

class ReferenceWide : public ReferenceKernelsTest {
 protected:
  static constexpr TensorType kType = TensorType::kInt16;

  static int32_t wide_bias(TestModel& model, int64_t channels) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < channels; ++i) values.push_back(pick(model, -1000000, 1000000));
    return model.constant(Array::of<int64_t>({channels}, values));
  }
  static int32_t output(TestModel& model, int32_t x, int32_t w, int64_t depth) {
    const Quantization fitting = *model.tensor(model.product_output(x, w, depth)).quantization;
    return model.activation(per_tensor(fitting.scale[0], 0), kType);
  }
};

TEST_P(ReferenceWide, Conv2d) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 20), filters = pick(model, 1, 40);
  const int32_t x = model.input({1, pick(model, 9, 14), pick(model, 9, 14), channels}, kType);
  const TfLiteConv2dOptions options{padding(model), pick(model, 1, 3), pick(model, 1, 3), activation(model)};
  const Shape shape{filters, pick(model, 1, 4), pick(model, 1, 4), channels};
  const int32_t w = model.weights(shape, 0, heads(model));
  model.add(Op::kConv2d, {x, w, wide_bias(model, filters)},
            {output(model, x, w, shape[1] * shape[2] * channels)}, options);
  compare(model);
}

TEST_P(ReferenceWide, DepthwiseConv2d) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 40);
  const int32_t x = model.input({1, pick(model, 7, 14), pick(model, 7, 14), channels}, kType);
  const int32_t w = model.weights({1, 3, pick(model, 1, 4), channels}, 3, true);
  model.add(Op::kDepthwiseConv2d, {x, w, wide_bias(model, channels)}, {output(model, x, w, 9)},
            TfLiteDepthwiseConv2dOptions{padding(model), 1, 1, 1, activation(model)});
  compare(model);
}

TEST_P(ReferenceWide, FullyConnected) {
  TestModel model(seed());
  const int64_t depth = pick(model, 1, 70), units = pick(model, 1, 50);
  const int32_t x = model.input({pick(model, 1, 5), depth}, kType);
  const int32_t w = model.weights({units, depth}, 0, heads(model));
  model.add(Op::kFullyConnected, {x, w, wide_bias(model, units)}, {output(model, x, w, depth)},
            TfLiteFullyConnectedOptions{activation(model)});
  compare(model);
}

TEST_P(ReferenceWide, ElementwiseAndMovement) {
  TestModel model(seed());
  const int32_t a = model.input({1, 4, 3, 6}, kType), b = model.input({1, 4, 3, 6}, kType);
  model.add(Op::kAdd, {a, b}, {model.activation(kType)}, TfLiteAddOptions{activation(model), false});
  model.add(Op::kSub, {a, b}, {model.activation(kType)}, TfLiteSubOptions{activation(model), false});
  model.add(Op::kMul, {a, b}, {model.activation(kType)}, TfLiteMulOptions{activation(model)});
  model.add(Op::kMaximum, {a, b}, {model.same_scale(a)});
  model.add(Op::kMaxPool2d, {a}, {model.same_scale(a)},
            TfLitePool2dOptions{TfLitePadding::kSame, 1, 1, 2, 3});
  model.add(Op::kAveragePool2d, {a}, {model.same_scale(a)},
            TfLitePool2dOptions{TfLitePadding::kSame, 1, 1, 2, 3});
  model.add(Op::kReshape, {a, model.ints({-1, 12})}, {model.same_scale(a)}, TfLiteReshapeOptions{{-1, 12}});
  model.add(Op::kTranspose, {a, model.ints(shuffled(model, 4))}, {model.same_scale(a)});
  const int32_t narrow = model.activation(TensorType::kInt8);
  model.add(Op::kQuantize, {a}, {narrow});
  model.add(Op::kQuantize, {narrow}, {model.activation(kType)});
  model.add(Op::kDequantize, {a}, {model.activation(TensorType::kFloat32)});
  model.add(Op::kSoftmax, {narrow}, {model.activation(per_tensor(1.0F / 65536, -32768), kType)},
            TfLiteSoftmaxOptions{});
  compare(model);
}

TEST_P(ReferenceWide, Functions) {
  TestModel model(seed());
  const int64_t depth = pick(model, 1, 600);
  const bool power = heads(model);
  const auto scale =
      static_cast<float>(std::exp2(power ? pick(model, -13, -10) : model.random().uniform(-16, -6)));
  const Quantization one = per_tensor(1.0F / 32768, 0);
  const int32_t x = model.input({40, depth}, kType);
  const int32_t y = model.activation(per_tensor(scale, 0), kType);
  model.add(Op::kAdd, {x, x}, {y}, TfLiteAddOptions{FusedActivation::kNone, false});
  for (const int32_t codes : {x, y}) {
    model.add(Op::kLogistic, {codes}, {model.activation(one, kType)});
    model.add(Op::kTanh, {codes}, {model.activation(one, kType)});
    model.add(Op::kSoftmax, {codes}, {model.activation(one, kType)},
              TfLiteSoftmaxOptions{static_cast<float>(model.random().uniform(0.5, 2))});
  }
  compare(model);
}

TEST_P(ReferenceWide, BatchMatMul) {
  TestModel model(seed());
  const int64_t rows = pick(model, 1, 9), depth = pick(model, 1, 40), columns = pick(model, 1, 20);
  const bool right_transposed = heads(model);
  const int32_t a = model.input({pick(model, 1, 3), rows, depth}, kType);
  const int32_t b =
      model.input(right_transposed ? Shape{1, columns, depth} : Shape{1, depth, columns}, kType);
  const float product = model.tensor(a).quantization->scale[0] * model.tensor(b).quantization->scale[0];
  const auto spread = static_cast<float>(model.random().uniform(5000, 60000) * std::sqrt(depth));
  model.add(Op::kBatchMatmul, {a, b}, {model.activation(per_tensor(product * spread, 0), kType)},
            TfLiteBatchMatMulOptions{false, right_transposed});
  compare(model);
}

TEST_P(ReferenceWide, DynamicRange) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 20), filters = pick(model, 2, 40);
  const int32_t x = model.input({1, pick(model, 5, 9), pick(model, 5, 9), channels}, TensorType::kFloat32);
  const int32_t w = model.weights({filters, 3, pick(model, 1, 3), channels}, 0, true);
  model.add(Op::kConv2d, {x, w, model.floats({filters})}, {model.activation(TensorType::kFloat32)},
            TfLiteConv2dOptions{padding(model), 1, 1, activation(model)});
  const int32_t taps = model.weights({1, 3, 3, channels}, 3, true);
  if (channels > 1) {
    model.add(Op::kDepthwiseConv2d, {x, taps, model.floats({channels})},
              {model.activation(TensorType::kFloat32)},
              TfLiteDepthwiseConv2dOptions{padding(model), 1, 1, 1, activation(model)});
  }
  const int64_t depth = pick(model, 1, 70), units = pick(model, 2, 50);
  const int32_t rows = model.input({pick(model, 1, 5), depth}, TensorType::kFloat32);
  TfLiteFullyConnectedOptions options{activation(model)};
  options.asymmetric_quantize_inputs = heads(model);
  model.add(Op::kFullyConnected,
            {rows, model.weights({units, depth}, 0, heads(model)), model.floats({units})},
            {model.activation(TensorType::kFloat32)}, options);
  compare(model, 1e-6);  // bias and product may cancel
}

TEST_P(ReferenceWide, Float16Weights) {
  TestModel model(seed());
  const int64_t depth = pick(model, 1, 30), units = pick(model, 1, 20);
  const int32_t x = model.input({2, depth}, TensorType::kFloat32);
  const int32_t w = model.halves({units, depth});
  const int32_t wide = model.activation(TensorType::kFloat32);
  model.add(Op::kDequantize, {w}, {wide});
  model.add(Op::kFullyConnected, {x, wide, -1}, {model.activation(TensorType::kFloat32)},
            TfLiteFullyConnectedOptions{});
  // Of what it computes once, when it opens the file, the runtime gives no outputs.
  TfLiteModel made = model.finish();
  made.main().outputs = made.main().operators.back().outputs;
  expect_agrees_with_litert(made, seed() + 1000);
}

NUDGE_EACH_SEED(ReferenceWide);

class ReferenceWholeNumbers : public ReferenceKernelsTest {};

TEST_P(ReferenceWholeNumbers, Arithmetic) {
  TestModel model(seed());
  const TensorType type = TensorType::kInt32;
  const int32_t a = model.input({3, 1, 5}, type), b = model.input({2, 5}, type);
  const int32_t divisor = model.ints({pick(model, 1, 3), -2, 5, -1, 7});
  const auto whole = [&] { return model.activation(type); };
  const int32_t difference = whole();
  model.add(Op::kSub, {a, b}, {difference}, TfLiteSubOptions{});
  model.add(Op::kAdd, {a, b}, {whole()}, TfLiteAddOptions{activation(model)});
  model.add(Op::kMul, {difference, b}, {whole()}, TfLiteMulOptions{});
  model.add(Op::kDiv, {difference, divisor}, {whole()}, TfLiteDivOptions{});
  model.add(Op::kFloorDiv, {difference, divisor}, {whole()});
  model.add(Op::kFloorMod, {difference, divisor}, {whole()});
  model.add(Op::kMaximum, {a, b}, {whole()});
  model.add(Op::kMinimum, {a, b}, {whole()});
  compare(model);
}

TEST_P(ReferenceWholeNumbers, ShapesAndPlaces) {
  TestModel model(seed());
  const int32_t x = model.input({4, 3, 5}), places = model.input({2, 2, 2}, TensorType::kInt32);
  const auto whole = [&] { return model.activation(TensorType::kInt32); };
  const int32_t bounded = whole();
  model.add(Op::kMinimum, {places, model.ints({2})}, {bounded});
  model.add(Op::kGatherNd, {x, bounded}, {model.same_scale(x)});
  const int32_t shape = whole();
  model.add(Op::kShape, {x}, {shape}, TfLiteShapeOptions{});
  model.add(Op::kAdd, {shape, model.input({3}, TensorType::kInt32)}, {whole()}, TfLiteAddOptions{});
  const int32_t image = model.input({2, 4, 6, 8});
  model.add(Op::kSpaceToDepth, {image}, {model.same_scale(image)}, TfLiteBlockOptions{2});
  model.add(Op::kDepthToSpace, {image}, {model.same_scale(image)}, TfLiteBlockOptions{2});
  const int32_t block = model.ints({2, 3});
  const int32_t margins = model.constant(Array::of<int32_t>({2, 2}, {1, 1, 0, 3}));
  const int32_t packed = model.same_scale(image);
  model.add(Op::kSpaceToBatchNd, {image, block, margins}, {packed});
  model.add(Op::kBatchToSpaceNd, {packed, block, margins}, {model.same_scale(image)});
  TfLiteModel made = model.finish();
  std::erase(made.main().outputs, shape);  // known when the file is opened: the runtime does not give it
  expect_agrees_with_litert(made, seed() + 1000);
}

NUDGE_EACH_SEED(ReferenceWholeNumbers);

}  // namespace
}  // namespace nudge::tflite
