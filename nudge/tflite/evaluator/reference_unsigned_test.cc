// Operators on uint8 codes, as TensorFlow 1 wrote them, against LiteRT's reference kernels.
#include "nudge/tflite/evaluator/reference_kernels_test.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

class ReferenceUnsigned : public ReferenceKernelsTest {
 protected:
  static constexpr TensorType kType = TensorType::kUInt8;

  // A product of `x` and unsigned weights of this shape.
  static void add_product(TestModel& model, Op op, int32_t x, const Shape& shape, int64_t channels,
                          Options options) {
    const int64_t depth = element_count(shape) / channels;
    const int32_t w = model.unsigned_weights(shape);
    model.add(op, {x, w, model.bias(x, w, channels, depth)}, {model.product_output(x, w, depth)},
              std::move(options));
  }
};

TEST_P(ReferenceUnsigned, Conv2d) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 20), filters = pick(model, 1, 40);
  const int32_t x = model.input({1, pick(model, 9, 14), pick(model, 9, 14), channels}, kType);
  TfLiteConv2dOptions options{padding(model), pick(model, 1, 3), pick(model, 1, 3), activation(model)};
  if (pick(model, 0, 2) == 0) options.dilation_h = options.dilation_w = 2;
  add_product(model, Op::kConv2d, x, {filters, pick(model, 1, 4), pick(model, 1, 4), channels}, filters,
              options);
  compare(model);
}

TEST_P(ReferenceUnsigned, DepthwiseConv2d) {
  TestModel model(seed());
  const int32_t multiplier = pick(model, 0, 2) == 0 ? pick(model, 2, 3) : 1;
  const int64_t channels = pick(model, 1, 40), out = channels * multiplier;
  const int32_t x = model.input({1, pick(model, 7, 14), pick(model, 7, 14), channels}, kType);
  TfLiteDepthwiseConv2dOptions options{padding(model), pick(model, 1, 3), 1, multiplier, activation(model)};
  options.stride_h = options.stride_w;
  if (pick(model, 0, 2) == 0) options.dilation_h = options.dilation_w = 2;
  add_product(model, Op::kDepthwiseConv2d, x, {1, pick(model, 1, 4), pick(model, 1, 4), out}, out, options);
  compare(model);
}

TEST_P(ReferenceUnsigned, FullyConnected) {
  TestModel model(seed());
  const int64_t depth = pick(model, 1, 70), units = pick(model, 1, 50);
  TfLiteFullyConnectedOptions options;
  options.activation = activation(model);
  const int32_t x = model.input({pick(model, 1, 5), depth}, kType);
  add_product(model, Op::kFullyConnected, x, {units, depth}, units, options);
  compare(model);
}

TEST_P(ReferenceUnsigned, TransposeConv) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 12), filters = pick(model, 1, 20);
  const int32_t rows = pick(model, 2, 6), columns = pick(model, 2, 6), stride = pick(model, 1, 3);
  const int32_t x = model.input({1, rows, columns, channels}, kType);
  const int32_t w = model.unsigned_weights({filters, 3, 2, channels});
  const int32_t size = model.ints({1, rows * stride, columns * stride, static_cast<int32_t>(filters)});
  model.add(Op::kTransposeConv, {size, w, x}, {model.product_output(x, w, channels * 6)},
            TfLiteTransposeConvOptions{TfLitePadding::kSame, stride, stride});
  compare(model);
}

TEST_P(ReferenceUnsigned, Arithmetic) {
  for (const Op op : {Op::kAdd, Op::kSub, Op::kMul}) {
    SCOPED_TRACE(to_string(op));
    TestModel model(seed());
    const int64_t channels = pick(model, 1, 30);
    const Shape whole{1, 6, 5, channels};
    const std::vector<Shape> others{whole, {channels}, {1, 1, 1, channels}, {1}, {1, 6, 1, 1}};
    const int32_t a = model.input(whole, kType);
    const int32_t b = model.input(others[model.random().below(others.size())], kType);
    Options options = TfLiteMulOptions{activation(model)};
    if (op == Op::kAdd) options = TfLiteAddOptions{activation(model)};
    if (op == Op::kSub) options = TfLiteSubOptions{activation(model)};
    model.add(op, heads(model) ? std::vector<int32_t>{b, a} : std::vector<int32_t>{a, b},
              {model.activation(kType)}, options);
    compare(model);
  }
}

TEST_P(ReferenceUnsigned, PoolingExtremaAndMean) {
  TestModel model(seed());
  const int32_t x = model.input({1, pick(model, 5, 12), pick(model, 5, 12), pick(model, 1, 30)}, kType);
  const TfLitePool2dOptions options{padding(model),    pick(model, 1, 3), pick(model, 1, 3),
                                    pick(model, 1, 5), pick(model, 1, 5), activation(model)};
  model.add(Op::kMaxPool2d, {x}, {model.same_scale(x)}, options);
  model.add(Op::kAveragePool2d, {x}, {model.same_scale(x)}, options);
  const int32_t blurred = model.same_scale(x);
  model.add(Op::kAveragePool2d, {x}, {blurred}, TfLitePool2dOptions{TfLitePadding::kSame, 1, 1, 3, 3});
  model.add(Op::kMaximum, {x, blurred}, {model.same_scale(x)});
  model.add(Op::kMinimum, {x, blurred}, {model.same_scale(x)});
  model.add(Op::kMean, {x, model.ints({1, 2})}, {model.activation(kType)},
            TfLiteReducerOptions{heads(model)});
  model.add(Op::kReduceMax, {x, model.ints({2})}, {model.same_scale(x)}, TfLiteReducerOptions{});
  compare(model);
}

TEST_P(ReferenceUnsigned, FunctionsOfOneValue) {
  TestModel model(seed());
  const int32_t x = model.input({1, 16, 64}, kType);
  model.add(Op::kLogistic, {x}, {model.activation(per_tensor(1.0F / 256, 0), kType)});
  model.add(Op::kTanh, {x}, {model.activation(per_tensor(1.0F / 128, 128), kType)});
  for (const Op op : {Op::kRelu, Op::kRelu6, Op::kReluN1To1, Op::kHardSwish})
    model.add(op, {x}, {model.activation(kType)});
  model.add(Op::kLeakyRelu, {x}, {model.activation(kType)}, TfLiteLeakyReluOptions{0.2F});
  model.add(Op::kPrelu, {x, model.unsigned_weights({1, 64})}, {model.activation(kType)});
  compare(model);
}

TEST_P(ReferenceUnsigned, SoftmaxAndL2Normalization) {
  TestModel model(seed());
  const int32_t x = model.input({pick(model, 1, 9), pick(model, 1, 500)}, kType);
  model.add(Op::kSoftmax, {x}, {model.activation(per_tensor(1.0F / 256, 0), kType)},
            TfLiteSoftmaxOptions{heads(model) ? 0.5F : 1.0F});
  model.add(Op::kL2Normalization, {x}, {model.activation(per_tensor(1.0F / 128, 128), kType)},
            TfLiteL2NormOptions{});
  compare(model);
}

TEST_P(ReferenceUnsigned, Concatenation) {
  TestModel model(seed());
  const int32_t axis = pick(model, 1, 3);
  Shape other{1, 4, 3, 5};
  other[static_cast<size_t>(axis)] = 2;
  const int32_t a = model.input({1, 4, 3, 5}, kType), b = model.input(other, kType);
  const int32_t y = heads(model) ? model.same_scale(a) : model.activation(kType);
  model.add(Op::kConcatenation, {a, b, a}, {y}, TfLiteConcatenationOptions{axis});
  compare(model);
}

TEST_P(ReferenceUnsigned, Resize) {
  for (const auto& [align, centers] : {std::pair(false, false), {true, false}, {false, true}}) {
    TestModel model(seed());
    const int32_t x = model.input({1, pick(model, 1, 9), pick(model, 1, 9), pick(model, 1, 5)}, kType);
    const int32_t size = model.ints({pick(model, 1, 20), pick(model, 1, 20)});
    model.add(Op::kResizeBilinear, {x, size}, {model.same_scale(x)},
              TfLiteResizeBilinearOptions{align, centers});
    model.add(Op::kResizeNearestNeighbor, {x, size}, {model.same_scale(x)},
              TfLiteResizeNearestNeighborOptions{align, centers});
    compare(model);
  }
}

TEST_P(ReferenceUnsigned, Movement) {
  TestModel model(seed());
  const int32_t x = model.input({1, 4, 3, 6}, kType);
  const auto like = [&] { return model.same_scale(x); };
  const int32_t amounts = model.constant(Array::of<int32_t>({4, 2}, {0, 0, 1, 2, 0, 1, 0, 0}));
  model.add(Op::kPad, {x, amounts}, {like()});
  model.add(Op::kPadV2, {x, amounts, model.scalar_code(x)}, {like()});
  model.add(Op::kReshape, {x, model.ints({-1, 12})}, {like()}, TfLiteReshapeOptions{{-1, 12}});
  model.add(Op::kTranspose, {x, model.ints(shuffled(model, 4))}, {like()});
  model.add(Op::kSlice, {x, model.ints({0, 1, 1, 2}), model.ints({1, 2, -1, 3})}, {like()});
  model.add(Op::kStridedSlice,
            {x, model.ints({0, 3, 0, 1}), model.ints({1, 0, 3, 6}), model.ints({1, -1, 2, 2})}, {like()},
            TfLiteStridedSliceOptions{});
  model.add(Op::kSplit, {model.ints({3}), x}, {like(), like()}, TfLiteSplitOptions{2});
  model.add(Op::kPack, {x, x}, {like()}, TfLitePackOptions{2, 1});
  model.add(Op::kGather, {x, model.ints({2, 0, 1})}, {like()}, TfLiteGatherOptions{2});
  model.add(Op::kArgMax, {x, model.ints({3})}, {model.activation(TensorType::kInt32)}, TfLiteArgMaxOptions{});
  compare(model);
}

NUDGE_EACH_SEED(ReferenceUnsigned);

}  // namespace
}  // namespace nudge::tflite
