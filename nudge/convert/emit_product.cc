// Convolutions, matrix products, and the affine maps that become a 1x1 depthwise convolution.
#include "nudge/base/error.h"
#include "nudge/convert/emit.h"
#include "nudge/convert/product.h"
#include "nudge/quantize/placed_program.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

tflite::TfLitePadding padding_of(const Run& run, ops::Padding padding) {
  return run.pad != nullptr || padding == ops::Padding::kSame ? tflite::TfLitePadding::kSame
                                                              : tflite::TfLitePadding::kValid;
}

// (height, width, filters, channels) -> (height, width, channels, filters)
Array filters_last(const Array& kernel, const Shape& shape) {
  Array result({shape[0], shape[1], shape[3], shape[2]});
  const int64_t filters = shape[2], channels = shape[3];
  for (int64_t i = 0; i < kernel.size(); ++i) {
    const int64_t window = i / (filters * channels), filter = i / channels % filters, channel = i % channels;
    result.data<float>()[(window * channels + channel) * filters + filter] = kernel.data<float>()[i];
  }
  return result;
}

// Each channel times its own number: weight codes of 127 whose scale carries the multiplier, so that the
// factor itself is not rounded to 8 bits as it would be in a MUL by a constant.
void emit_per_channel(Emitter& emitter, const Run& run, const Affine& affine) {
  const std::string& layer = quantize::computing_layer(*run.head->layer).name();
  const Product product = window_sum(layer, 1, 1, affine);

  Shape image = emitter.shape(run.input());
  const bool reshape = image.size() != 4;
  if (image.size() > 4) {
    const int64_t pixels = element_count(Shape(image.begin() + 1, image.end() - 1));
    image = {image.front(), 1, pixels, image.back()};
  }
  while (image.size() < 4) image.insert(image.begin() + 1, 1);
  emit_product(emitter, run, product, BuiltinOperator::kDepthwiseConv2d,
               tflite::TfLiteDepthwiseConv2dOptions{.padding = tflite::TfLitePadding::kValid},
               reshape ? image : Shape{}, reshape ? image : Shape{});
}

}  // namespace

void emit(Emitter& emitter, const Run& run, const ops::Conv2D& conv) {
  const Shape& kernel = emitter.shape(run.inputs()[1]);
  const Product product = product_of(emitter, run, kernel[3], {kernel[3], kernel[0], kernel[1], kernel[2]},
                                     WeightLayout::kChannelFirst);
  const ops::Window& window = conv.window;
  emit_product(emitter, run, product, BuiltinOperator::kConv2d,
               tflite::TfLiteConv2dOptions{.padding = padding_of(run, window.padding),
                                           .stride_w = static_cast<int32_t>(window.strides.width),
                                           .stride_h = static_cast<int32_t>(window.strides.height),
                                           .dilation_w = static_cast<int32_t>(window.dilation.width),
                                           .dilation_h = static_cast<int32_t>(window.dilation.height)});
}

void emit(Emitter& emitter, const Run& run, const ops::DepthwiseConv2D& conv) {
  const Shape& kernel = emitter.shape(run.inputs()[1]);
  const int64_t channels = kernel[2] * kernel[3];
  const Product product =
      product_of(emitter, run, channels, {1, kernel[0], kernel[1], channels}, WeightLayout::kChannelLast);
  const ops::Window& window = conv.window;
  emit_product(
      emitter, run, product, BuiltinOperator::kDepthwiseConv2d,
      tflite::TfLiteDepthwiseConv2dOptions{.padding = padding_of(run, window.padding),
                                           .stride_w = static_cast<int32_t>(window.strides.width),
                                           .stride_h = static_cast<int32_t>(window.strides.height),
                                           .depth_multiplier = static_cast<int32_t>(kernel[3]),
                                           .dilation_w = static_cast<int32_t>(window.dilation.width),
                                           .dilation_h = static_cast<int32_t>(window.dilation.height)});
}

void emit(Emitter& emitter, const Run& run, const ops::ConvTranspose2D& conv) {
  const Shape& kernel = emitter.shape(run.inputs()[1]);
  Product product = product_of(emitter, run, kernel[2], {kernel[2], kernel[0], kernel[1], kernel[3]},
                               WeightLayout::kChannelFirst);
  product.kernel = filters_last(product.kernel, kernel);
  const ops::Window& window = conv.window;
  emit_product(emitter, run, product, BuiltinOperator::kTransposeConv,
               tflite::TfLiteTransposeConvOptions{.padding = padding_of(run, window.padding),
                                                  .stride_w = static_cast<int32_t>(window.strides.width),
                                                  .stride_h = static_cast<int32_t>(window.strides.height)});
}

void emit(Emitter& emitter, const Run& run, const ops::MatMul&) {
  const Shape& kernel = emitter.shape(run.inputs()[1]);
  const Product product =
      product_of(emitter, run, kernel[1], {kernel[1], kernel[0]}, WeightLayout::kChannelFirst);
  emit_product(emitter, run, product, BuiltinOperator::kFullyConnected,
               tflite::TfLiteFullyConnectedOptions{.keep_num_dims = emitter.shape(run.output).size() > 2});
}

void emit(Emitter& emitter, const Run& run, const ops::Normalize&) {
  emit_per_channel(emitter, run, affine_of(emitter, *run.head));
}

void emit(Emitter& emitter, const Run& run, const ops::Rescale& rescale) {
  const auto channels = static_cast<size_t>(emitter.shape(run.output).back());
  const auto each = [&](const std::vector<double>& values) {
    return values.size() == 1 ? std::vector<double>(channels, values[0]) : values;
  };
  emit_per_channel(emitter, run, {each(rescale.scale), each(rescale.offset)});
}

}  // namespace nudge::convert
