// Convolutions and products of matrices against LiteRT's reference kernels.
#include "nudge/tflite/evaluator/reference_kernels_test.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

class ReferenceProducts : public ReferenceKernelsTest {};

TEST_P(ReferenceProducts, Conv2d) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 20), filters = pick(model, 1, 40), side = pick(model, 1, 4);
  const int32_t x = model.input({1, pick(model, 9, 14), pick(model, 9, 14), channels}, type());
  TfLiteConv2dOptions options{padding(model), pick(model, 1, 3), pick(model, 1, 3), activation(model)};
  if (pick(model, 0, 2) == 0) options.dilation_h = options.dilation_w = 2;
  const Shape shape{filters, side, pick(model, 1, 4), channels};
  const int64_t depth = shape[1] * shape[2] * channels;
  if (is_float()) {
    model.add(Op::kConv2d, {x, model.floats(shape), model.floats({filters})}, {model.activation(type())},
              options);
  } else {
    const int32_t w = model.weights(shape, 0, pick(model, 0, 3) != 0);
    model.add(Op::kConv2d, {x, w, model.bias(filters, depth)}, {model.product_output(x, w, depth)}, options);
  }
  compare(model);
}

TEST_P(ReferenceProducts, GroupedConv2d) {
  TestModel model(seed());
  const int64_t groups = pick(model, 2, 3), group = pick(model, 1, 5), filters = groups * pick(model, 1, 6);
  const int32_t x = model.input({1, 7, 6, groups * group}, type());
  const TfLiteConv2dOptions options{padding(model), 1, 1, activation(model)};
  const Shape shape{filters, 3, 3, group};
  const int64_t depth = 9 * group;
  if (is_float()) {
    model.add(Op::kConv2d, {x, model.floats(shape), model.floats({filters})}, {model.activation(type())},
              options);
  } else {
    const int32_t w = model.weights(shape, 0, true);
    model.add(Op::kConv2d, {x, w, model.bias(filters, depth)}, {model.product_output(x, w, depth)}, options);
  }
  compare(model);
}

TEST_P(ReferenceProducts, DepthwiseConv2d) {
  TestModel model(seed());
  const int32_t multiplier = pick(model, 0, 2) == 0 ? pick(model, 2, 3) : 1;
  const int64_t channels = pick(model, 1, 40), out = channels * multiplier;
  const int32_t x = model.input({1, pick(model, 7, 14), pick(model, 7, 14), channels}, type());
  TfLiteDepthwiseConv2dOptions options{padding(model), pick(model, 1, 3), 1, multiplier, activation(model)};
  options.stride_h = options.stride_w;
  if (pick(model, 0, 2) == 0) options.dilation_h = options.dilation_w = 2;
  const Shape shape{1, pick(model, 1, 4), pick(model, 1, 4), out};
  const int64_t depth = shape[1] * shape[2];
  if (is_float()) {
    model.add(Op::kDepthwiseConv2d, {x, model.floats(shape), model.floats({out})}, {model.activation(type())},
              options);
  } else {
    const int32_t w = model.weights(shape, 3, pick(model, 0, 3) != 0);
    model.add(Op::kDepthwiseConv2d, {x, w, model.bias(out, depth)}, {model.product_output(x, w, depth)},
              options);
  }
  compare(model);
}

TEST_P(ReferenceProducts, FullyConnected) {
  TestModel model(seed());
  const int64_t depth = pick(model, 1, 70), units = pick(model, 1, 50);
  TfLiteFullyConnectedOptions options;
  options.activation = activation(model);
  options.keep_num_dims = pick(model, 0, 1) == 1;
  Shape input = ReferenceKernelsTest::shape(model, pick(model, 1, 4), 5);
  input.push_back(depth);
  const int32_t x = model.input(input, type());
  const Shape shape{units, depth};
  const bool with_bias = pick(model, 0, 2) != 0;
  if (is_float()) {
    model.add(Op::kFullyConnected, {x, model.floats(shape), with_bias ? model.floats({units}) : -1},
              {model.activation(type())}, options);
  } else {
    const int32_t w = model.weights(shape, 0, pick(model, 0, 1) != 0);
    model.add(Op::kFullyConnected, {x, w, with_bias ? model.bias(units, depth) : -1},
              {model.product_output(x, w, depth)}, options);
  }
  compare(model);
}

TEST_P(ReferenceProducts, TransposeConv) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 12), filters = pick(model, 1, 20);
  const int32_t rows = pick(model, 2, 6), columns = pick(model, 2, 6);
  const int32_t x = model.input({1, rows, columns, channels}, type());
  const TfLiteTransposeConvOptions options{padding(model), pick(model, 1, 3), pick(model, 1, 3),
                                           activation(model)};
  const Shape shape{filters, pick(model, 1, 4), pick(model, 1, 4), channels};
  const auto length = [&](int32_t in, int32_t stride, int64_t kernel) {
    return options.padding == TfLitePadding::kSame ? in * stride
                                                   : (in - 1) * stride + static_cast<int32_t>(kernel);
  };
  const int32_t size =
      model.ints({1, length(rows, options.stride_h, shape[1]), length(columns, options.stride_w, shape[2]),
                  static_cast<int32_t>(filters)});
  const int64_t depth =
      std::max<int64_t>(1, channels * shape[1] * shape[2] / (options.stride_h * options.stride_w));
  if (is_float()) {
    model.add(Op::kTransposeConv, {size, model.floats(shape), x, model.floats({filters})},
              {model.activation(type())}, options);
  } else {
    const int32_t w = model.weights(shape, 0, true);
    model.add(Op::kTransposeConv, {size, w, x, model.bias(filters, depth)},
              {model.product_output(x, w, depth)}, options);
  }
  compare(model);
}

TEST_P(ReferenceProducts, Conv3d) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 5), filters = pick(model, 1, 20);
  const int32_t x = model.input({1, pick(model, 4, 8), pick(model, 4, 8), pick(model, 4, 8), channels},
                                TensorType::kFloat32);
  TfLiteConv3dOptions options{padding(model), pick(model, 1, 2), pick(model, 1, 3), pick(model, 1, 2),
                              activation(model)};
  if (heads(model)) options.dilation_w = options.dilation_d = 2;
  const int32_t w =
      model.floats({pick(model, 1, 2), pick(model, 1, 3), pick(model, 1, 2), channels, filters});
  std::vector<int32_t> inputs{x, w};
  if (heads(model)) inputs.push_back(model.floats({filters}));
  model.add(Op::kConv3d, inputs, {model.activation(TensorType::kFloat32)}, options);
  compare(model);
}

TEST_P(ReferenceProducts, Conv3dTranspose) {
  TestModel model(seed());
  const int64_t channels = pick(model, 1, 6), filters = pick(model, 1, 20);
  const int32_t planes = pick(model, 2, 4), rows = pick(model, 2, 4), columns = pick(model, 2, 4);
  const int32_t x = model.input({1, planes, rows, columns, channels}, TensorType::kFloat32);
  TfLiteConv3dOptions options{padding(model), pick(model, 1, 2), pick(model, 1, 3), pick(model, 1, 2),
                              activation(model)};
  if (heads(model)) options.dilation_d = options.dilation_w = options.dilation_h = 2;
  const int32_t kernel = pick(model, 1, 3);
  const auto length = [&](int32_t in, int32_t stride) {
    return options.padding == TfLitePadding::kSame
               ? in * stride
               : (in - 1) * stride + (kernel - 1) * options.dilation_d + 1;
  };
  const int32_t size = model.ints({1, length(planes, options.stride_d), length(rows, options.stride_h),
                                   length(columns, options.stride_w), static_cast<int32_t>(filters)});
  std::vector<int32_t> inputs{size, model.floats({kernel, kernel, kernel, filters, channels}), x};
  if (heads(model)) inputs.push_back(model.floats({filters}));
  model.add(Op::kConv3dTranspose, inputs, {model.activation(TensorType::kFloat32)}, options);
  compare(model);
}

TEST_P(ReferenceProducts, BatchMatmul) {
  for (int32_t rank = 2; rank <= 5; ++rank) {
    TestModel model(seed());
    const int64_t rows = pick(model, 1, 20), depth = pick(model, 1, 40), columns = pick(model, 1, 30);
    const TfLiteBatchMatMulOptions options{heads(model), heads(model)};
    const auto stack = [&](int64_t height, int64_t width, bool transposed, int32_t dimensions) {
      Shape shape;
      for (int32_t d = 2; d < dimensions; ++d) shape.push_back(heads(model) ? 1 : d);
      shape.push_back(transposed ? width : height);
      shape.push_back(transposed ? height : width);
      return shape;
    };
    const int32_t lower = pick(model, 2, rank);
    Shape wide = stack(depth, columns, options.adj_y, lower);
    for (size_t d = 0; d + 2 < wide.size(); ++d)
      wide[d] = heads(model) ? 1 : rank - lower + 2 + static_cast<int32_t>(d);
    const int32_t a = model.input(stack(rows, depth, options.adj_x, rank), type());
    const int32_t b = heads(model) ? model.input(wide, type())
                      : is_float() ? model.floats(wide)
                                   : model.weights(wide, 0, false);
    const int32_t y = is_float() ? model.activation(type()) : model.product_output(a, b, depth);
    model.add(Op::kBatchMatmul, {a, b}, {y}, options);
    compare(model);
  }
}

NUDGE_EACH_SEED(ReferenceProducts);

}  // namespace
}  // namespace nudge::tflite
