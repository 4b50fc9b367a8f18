// Poolings.  MAX_POOL_2D and AVERAGE_POOL_2D work on raw codes, so their output is on their input's grid;
// a mean chooses its own.
#include "nudge/convert/emit.h"
#include "nudge/convert/product.h"
#include "nudge/layers/layers.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

tflite::Pool2dOptions pool_options(const layers::Window& window) {
  return {
      .padding = window.padding == layers::Padding::kSame ? tflite::Padding::kSame : tflite::Padding::kValid,
      .stride_w = static_cast<int32_t>(window.strides.width),
      .stride_h = static_cast<int32_t>(window.strides.height),
      .filter_w = static_cast<int32_t>(window.size.width),
      .filter_h = static_cast<int32_t>(window.size.height)};
}

// An operator whose output is on its input's grid, in the form that the input has.
int32_t pooled(Emitter& emitter, const Run& run, BuiltinOperator op, const layers::Window& window,
               bool integer, const Shape& shape) {
  const Tensor& source = run.head->inputs.front();
  const int32_t input = integer ? emitter.integer(source) : emitter.real(source);
  std::optional<tflite::Quantization> grid;
  if (integer) grid = emitter.quantization(input);
  return emitter.add_operator(op, {input}, run_name(run), shape, grid, pool_options(window));
}

// Up to this many pixels a mean becomes a convolution, whose weights, a byte a pixel and channel, the file
// holds.
constexpr int64_t kLargestMeanWindow = 256;

// As a depthwise convolution with one weight: runtimes compute MEAN in arithmetics that differ by a step for
// one value in twenty, a convolution's codes are the same in all of them (portable_scale.h).
void emit_mean_as_convolution(Emitter& emitter, const Run& run, const layers::GlobalAveragePooling2D& layer) {
  const Shape& image = run.head->inputs.front().shape();
  const int64_t height = image[1], width = image[2], channels = image[3];
  Affine mean = Affine::identity(static_cast<size_t>(channels));
  for (double& factor : mean.multiplier) factor /= static_cast<double>(height * width);
  const Product product = window_sum(layer.name(), height, width, std::move(mean));
  const Shape pooled{image[0], 1, 1, channels};
  emit_product(emitter, run, product, BuiltinOperator::kDepthwiseConv2d,
               tflite::DepthwiseConv2dOptions{.padding = tflite::Padding::kValid}, {},
               layer.options().keepdims ? Shape{} : pooled);
}

}  // namespace

void emit_pooling(Emitter& emitter, const Run& run) {
  const Layer& layer = computing_layer(*run.head->layer);
  const bool on_grid = emitter.is_integer(run.head->inputs.front());
  const Shape& shape = run.output.shape();
  if (const auto* max = dynamic_cast<const layers::MaxPooling2D*>(&layer)) {
    emitter.finish(run.output,
                   pooled(emitter, run, BuiltinOperator::kMaxPool2d, max->window(), on_grid, shape));
    return;
  }
  // An average is a new value: without a quantizer of its own it stays float.
  const auto& average = dynamic_cast<const layers::AveragePooling2D&>(layer);
  const bool integer = on_grid && emitter.grid_of(run.output).has_value();
  emitter.finish(run.output,
                 pooled(emitter, run, BuiltinOperator::kAveragePool2d, average.window(), integer, shape));
}

void emit_global_average_pooling(Emitter& emitter, const Run& run) {
  const auto& layer = dynamic_cast<const layers::GlobalAveragePooling2D&>(computing_layer(*run.head->layer));
  const Tensor& source = run.head->inputs.front();
  const auto grid = emitter.grid_of(run.output);
  const bool integer =
      emitter.is_integer(source) && grid &&
      within_reach(static_cast<double>(emitter.quantization(emitter.integer(source)).scale[0]),
                   static_cast<double>(grid->scale[0]));
  if (integer && emitter.portable_scales() && source.shape()[1] * source.shape()[2] <= kLargestMeanWindow) {
    return emit_mean_as_convolution(emitter, run, layer);
  }
  const std::string name = run_name(run);
  const int32_t axes = emitter.add_constant(name + "/axes", Array::of<int32_t>({2}, {1, 2}));
  emitter.finish(run.output,
                 emitter.add_operator(BuiltinOperator::kMean,
                                      {integer ? emitter.integer(source) : emitter.real(source), axes}, name,
                                      run.output.shape(), integer ? grid : std::nullopt,
                                      tflite::ReducerOptions{.keep_dims = layer.options().keepdims}));
}

void emit_global_max_pooling(Emitter& emitter, const Run& run) {
  const Tensor& source = run.head->inputs.front();
  const Shape& image = source.shape();
  const layers::Window whole{.size = {image[1], image[2]}, .strides = {image[1], image[2]}};
  int32_t result = pooled(emitter, run, BuiltinOperator::kMaxPool2d, whole, emitter.is_integer(source),
                          {image[0], 1, 1, image[3]});
  if (run.output.shape().size() == 2) {
    result = emitter.reshaped(result, run_name(run) + "/flat", run.output.shape());
  }
  emitter.finish(run.output, result);
}

}  // namespace nudge::convert
