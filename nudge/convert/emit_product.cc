// Conv2D, DepthwiseConv2D, Dense, and the affine layers that become a 1x1 depthwise convolution.
#include "nudge/base/error.h"
#include "nudge/convert/emit.h"
#include "nudge/convert/product.h"
#include "nudge/layers/layers.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

tflite::Padding padding_of(layers::Padding padding) {
  return padding == layers::Padding::kSame ? tflite::Padding::kSame : tflite::Padding::kValid;
}

// Each channel times its own number: weight codes of 127 whose scale carries the multiplier, so that the
// factor itself is not rounded to 8 bits as it would be in a MUL by a constant.
void emit_per_channel(Emitter& emitter, const Run& run, const Affine& affine) {
  const Layer& layer = computing_layer(*run.head->layer);
  const Product product = window_sum(layer.name(), 1, 1, affine);

  const Tensor& source = run.head->inputs.front();
  Shape image = source.shape();
  if (image.size() > 4)
    throw UnsupportedError("layer '" + layer.name() + "': no TFLite operator for its rank");
  const bool reshape = image.size() != 4;
  while (image.size() < 4) image.insert(image.begin() + 1, 1);
  emit_product(emitter, run, product, BuiltinOperator::kDepthwiseConv2d,
               tflite::DepthwiseConv2dOptions{.padding = tflite::Padding::kValid}, reshape ? image : Shape{},
               reshape ? image : Shape{});
}

}  // namespace

void emit_convolution(Emitter& emitter, const Run& run) {
  const Layer& layer = computing_layer(*run.head->layer);
  if (const auto* conv = dynamic_cast<const layers::Conv2D*>(&layer)) {
    const auto& options = conv->options();
    const Shape& kernel = conv->weight("kernel").shape;
    const Product product =
        product_of(emitter, run, "kernel", options.filters,
                   {options.filters, kernel[0], kernel[1], kernel[2]}, WeightLayout::kChannelFirst);
    emit_product(emitter, run, product, BuiltinOperator::kConv2d,
                 tflite::Conv2dOptions{.padding = padding_of(options.padding),
                                       .stride_w = static_cast<int32_t>(options.strides.width),
                                       .stride_h = static_cast<int32_t>(options.strides.height),
                                       .dilation_w = static_cast<int32_t>(options.dilation_rate.width),
                                       .dilation_h = static_cast<int32_t>(options.dilation_rate.height)});
    return;
  }
  const auto& depthwise = dynamic_cast<const layers::DepthwiseConv2D&>(layer);
  const auto& options = depthwise.options();
  const Shape& kernel = depthwise.weight("depthwise_kernel").shape;
  const int64_t channels = kernel[2] * kernel[3];
  const Product product = product_of(emitter, run, "depthwise_kernel", channels,
                                     {1, kernel[0], kernel[1], channels}, WeightLayout::kChannelLast);
  emit_product(
      emitter, run, product, BuiltinOperator::kDepthwiseConv2d,
      tflite::DepthwiseConv2dOptions{.padding = padding_of(options.padding),
                                     .stride_w = static_cast<int32_t>(options.strides.width),
                                     .stride_h = static_cast<int32_t>(options.strides.height),
                                     .depth_multiplier = static_cast<int32_t>(options.depth_multiplier),
                                     .dilation_w = static_cast<int32_t>(options.dilation_rate.width),
                                     .dilation_h = static_cast<int32_t>(options.dilation_rate.height)});
}

void emit_dense(Emitter& emitter, const Run& run) {
  const auto& dense = dynamic_cast<const layers::Dense&>(computing_layer(*run.head->layer));
  const Shape& kernel = dense.weight("kernel").shape;
  const Product product =
      product_of(emitter, run, "kernel", kernel[1], {kernel[1], kernel[0]}, WeightLayout::kChannelFirst);
  emit_product(emitter, run, product, BuiltinOperator::kFullyConnected,
               tflite::FullyConnectedOptions{.keep_num_dims = run.output.shape().size() > 2});
}

void emit_affine(Emitter& emitter, const Run& run) {
  const Layer& layer = computing_layer(*run.head->layer);
  if (const auto* bn = dynamic_cast<const layers::BatchNormalization*>(&layer)) {
    return emit_per_channel(emitter, run, affine_of(*bn));
  }
  const auto& options = dynamic_cast<const layers::Rescaling&>(layer).options();
  const auto channels = static_cast<size_t>(run.output.shape().back());
  emit_per_channel(
      emitter, run,
      {std::vector<double>(channels, options.scale), std::vector<double>(channels, options.offset)});
}

}  // namespace nudge::convert
