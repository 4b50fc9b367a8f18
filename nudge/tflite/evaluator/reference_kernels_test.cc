// Every operator of the evaluator against LiteRT's reference kernels, on random values, scales and shapes.
#include "nudge/tflite/evaluator/reference_kernels_test.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

using ReferenceKernels = ReferenceKernelsTest;

TEST_P(ReferenceKernels, Arithmetic) {
  for (const Op op : {Op::kAdd, Op::kSub, Op::kMul}) {
    SCOPED_TRACE(to_string(op));
    TestModel model(seed());
    const int64_t channels = pick(model, 1, 30);
    const Shape whole{1, 6, 5, channels};
    const std::vector<Shape> others{whole, {channels},   {1, 1, 1, channels},
                                    {1},   {1, 6, 1, 1}, {1, 1, 5, channels}};
    const Shape& other = others[model.random().below(others.size())];
    const int32_t a = model.input(whole, type()), b = model.input(other, type());
    Options options = TfLiteMulOptions{activation(model)};
    if (op == Op::kAdd) options = TfLiteAddOptions{activation(model)};
    if (op == Op::kSub) options = TfLiteSubOptions{activation(model)};
    std::vector<int32_t> inputs{a, b};
    if (pick(model, 0, 1) == 1) inputs = {b, a};
    model.add(op, inputs, {model.activation(type())}, options);
    compare(model);
  }
}

TEST_P(ReferenceKernels, Extrema) {
  for (const Op op : {Op::kMaximum, Op::kMinimum}) {
    TestModel model(seed());
    const int32_t a = model.input({1, 6, 5, 7}, type());
    const int32_t b = model.same_scale(a);
    TfLiteModel made;
    model.add(Op::kMaxPool2d, {a}, {b}, TfLitePool2dOptions{TfLitePadding::kSame, 1, 1, 3, 3});
    model.add(op, {a, b}, {model.same_scale(a)});
    compare(model);
  }
}

TEST_P(ReferenceKernels, Pooling) {
  for (const Op op : {Op::kMaxPool2d, Op::kAveragePool2d}) {
    SCOPED_TRACE(to_string(op));
    TestModel model(seed());
    const int32_t x = model.input({1, pick(model, 5, 12), pick(model, 5, 12), pick(model, 1, 30)}, type());
    const TfLitePool2dOptions options{padding(model),    pick(model, 1, 3), pick(model, 1, 3),
                                      pick(model, 1, 5), pick(model, 1, 5), activation(model)};
    model.add(op, {x}, {model.same_scale(x)}, options);
    compare(model);
  }
}

TEST_P(ReferenceKernels, Mean) {
  TestModel model(seed());
  const int32_t x = model.input({1, pick(model, 1, 12), pick(model, 1, 12), pick(model, 1, 30)}, type());
  const std::vector<std::vector<int32_t>> axes{{1, 2}, {2, 1}, {-2}, {3}, {1, 2, 3}};
  model.add(Op::kMean, {x, model.ints(axes[model.random().below(axes.size())])}, {model.activation(type())},
            TfLiteReducerOptions{pick(model, 0, 1) == 1});
  compare(model);
}

TEST_P(ReferenceKernels, Concatenation) {
  TestModel model(seed());
  const int32_t axis = pick(model, 1, 3);
  const int32_t a = model.input({1, 4, 3, 5}, type());
  Shape other{1, 4, 3, 5};
  other[static_cast<size_t>(axis)] = 2;
  const int32_t b = model.same_scale(a);
  model.add(Op::kMaxPool2d, {a}, {b}, TfLitePool2dOptions{TfLitePadding::kSame, 1, 1, 2, 2});
  model.add(Op::kConcatenation, {a, b, a}, {model.same_scale(a)},
            TfLiteConcatenationOptions{axis - (axis == 3 ? 4 : 0)});
  compare(model);
}

TEST_P(ReferenceKernels, Shapes) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 3, 5}, type());
  const int32_t flat = model.same_scale(x), wide = model.same_scale(x), narrow = model.same_scale(x);
  model.add(Op::kReshape, {x, model.ints({-1, 20})}, {flat}, TfLiteReshapeOptions{{-1, 20}});
  model.add(Op::kExpandDims, {flat, model.ints({1})}, {wide});
  model.add(Op::kSqueeze, {wide}, {narrow}, TfLiteSqueezeOptions{{1}});
  compare(model);
}

TEST_P(ReferenceKernels, Pad) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 3, 5}, type());
  std::vector<int32_t> pads;
  for (int i = 0; i < 8; ++i) pads.push_back(pick(model, 0, 2));
  const int32_t amounts = model.constant(Array::of<int32_t>({4, 2}, pads));
  model.add(Op::kPad, {x, amounts}, {model.same_scale(x)});
  compare(model);
}

TEST_P(ReferenceKernels, PadWithValue) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 3, 5}, type());
  const int32_t amounts = model.constant(Array::of<int32_t>({4, 2}, {0, 0, 1, 2, 0, 1, 0, 0}));
  const int32_t value = is_float() ? model.floats({1}) : model.scalar_code(x);
  model.add(Op::kPadV2, {x, amounts, value}, {model.same_scale(x)});
  compare(model);
}

TEST_P(ReferenceKernels, Softmax) {
  TestModel model(seed());
  constexpr int32_t kMostCodes = 511;  // with more as large as the largest the runtime ends the process
  const int32_t x = model.input({pick(model, 1, 9), pick(model, 1, kMostCodes)}, type());
  const float beta = pick(model, 0, 3) == 0 ? 0.5F : 1.0F;
  model.add(Op::kSoftmax, {x}, {model.activation(per_tensor(1.0F / 256, -128), type())},
            TfLiteSoftmaxOptions{beta});
  compare(model);
}

TEST_P(ReferenceKernels, LogSoftmax) {
  TestModel model(seed());
  const int32_t x = model.input({pick(model, 1, 40), pick(model, 1, 300)}, type());
  model.add(Op::kLogSoftmax, {x}, {model.activation(per_tensor(1.0F / 16, 127), type())});
  compare(model);
}

TEST_P(ReferenceKernels, Lookups) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 16, 16}, type());
  model.add(Op::kLogistic, {x}, {model.activation(per_tensor(1.0F / 256, -128), type())});
  model.add(Op::kTanh, {x}, {model.activation(per_tensor(1.0F / 128, 0), type())});
  compare(model);
}

TEST_P(ReferenceKernels, Relus) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 16, 16}, type());
  for (const Op op : {Op::kRelu, Op::kRelu6, Op::kReluN1To1, Op::kRelu0To1}) {
    model.add(op, {x}, {model.activation(type())});
  }
  compare(model);
}

TEST_P(ReferenceKernels, LeakyRelus) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 16, 16}, type());
  for (const double alpha : {0.2, 0.01, -0.3, 1.5}) {
    model.add(Op::kLeakyRelu, {x}, {model.activation(type())},
              TfLiteLeakyReluOptions{static_cast<float>(alpha)});
  }
  const Shape shape{1, 1, 16};
  model.add(Op::kPrelu, {x, is_float() ? model.floats(shape) : model.weights(shape, 0, false)},
            {model.activation(type())});
  compare(model);
}

TEST_P(ReferenceKernels, HardSwish) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 16, 16}, type());
  model.add(Op::kHardSwish, {x}, {model.activation(type())});
  compare(model);
}

TEST_P(ReferenceKernels, Quantize) {
  TestModel model(seed());
  const int32_t real = model.input({1, 40, 10}, TensorType::kFloat32);
  const int32_t bytes = model.input({1, 40, 10}, TensorType::kUInt8);
  const int32_t codes = model.activation(TensorType::kInt8), from_bytes = model.activation(TensorType::kInt8);
  const int32_t again = model.activation(TensorType::kInt8);
  model.add(Op::kQuantize, {real}, {codes});
  model.add(Op::kQuantize, {bytes}, {from_bytes});
  model.add(Op::kQuantize, {codes}, {again});
  model.add(Op::kQuantize, {codes}, {model.activation(TensorType::kUInt8)});
  model.add(Op::kDequantize, {again}, {model.activation(TensorType::kFloat32)});
  model.add(Op::kDequantize, {from_bytes}, {model.activation(TensorType::kFloat32)});
  compare(model);
}

TEST_P(ReferenceKernels, Resize) {
  for (const auto& [align_corners, half_pixel_centers] :
       {std::pair(false, false), {true, false}, {false, true}}) {
    TestModel model(seed());
    const int32_t x = model.input({1, pick(model, 1, 9), pick(model, 1, 9), pick(model, 1, 5)}, type());
    const int32_t size = model.ints({pick(model, 1, 20), pick(model, 1, 20)});
    model.add(Op::kResizeBilinear, {x, size}, {model.same_scale(x)},
              TfLiteResizeBilinearOptions{align_corners, half_pixel_centers});
    model.add(Op::kResizeNearestNeighbor, {x, size}, {model.same_scale(x)},
              TfLiteResizeNearestNeighborOptions{align_corners, half_pixel_centers});
    compare(model);
  }
}

NUDGE_EACH_SEED(ReferenceKernels);

}  // namespace
}  // namespace nudge::tflite
