// Poolings.  MAX_POOL_2D and AVERAGE_POOL_2D work on raw codes, so their output is on their input's grid;
// a mean chooses its own.
#include "nudge/convert/emit.h"
#include "nudge/convert/product.h"
#include "nudge/quantize/placed_program.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

tflite::TfLitePool2dOptions pool_options(const ops::Window& window) {
  return {.padding = window.padding == ops::Padding::kSame ? tflite::TfLitePadding::kSame
                                                           : tflite::TfLitePadding::kValid,
          .stride_w = static_cast<int32_t>(window.strides.width),
          .stride_h = static_cast<int32_t>(window.strides.height),
          .filter_w = static_cast<int32_t>(window.size.width),
          .filter_h = static_cast<int32_t>(window.size.height)};
}

// An operator whose output is on its input's grid, in the form that the input has.
int32_t pooled(Emitter& emitter, const Run& run, BuiltinOperator op, const ops::Window& window, bool integer,
               const Shape& shape) {
  const ops::ValueId source = run.input();
  const int32_t input = integer ? emitter.integer(source) : emitter.real(source);
  std::optional<tflite::Quantization> grid;
  if (integer) grid = emitter.quantization(input);
  return emitter.add_operator(op, {input}, run.name, shape, grid, pool_options(window));
}

// Up to this many pixels a mean becomes a convolution, whose weights, a byte a pixel and channel, the file
// holds.
constexpr int64_t kLargestMeanWindow = 256;

// As a depthwise convolution with one weight: runtimes compute MEAN in arithmetics that differ by a step for
// one value in twenty, a convolution's codes are the same in all of them (portable_scale.h).
void emit_mean_as_convolution(Emitter& emitter, const Run& run, bool keepdims) {
  const Shape& image = emitter.shape(run.input());
  const int64_t height = image[1], width = image[2], channels = image[3];
  Affine mean = Affine::identity(static_cast<size_t>(channels));
  for (double& factor : mean.multiplier) factor /= static_cast<double>(height * width);
  const Product product =
      window_sum(quantize::computing_layer(*run.head->layer).name(), height, width, std::move(mean));
  const Shape pooled{image[0], 1, 1, channels};
  emit_product(emitter, run, product, BuiltinOperator::kDepthwiseConv2d,
               tflite::TfLiteDepthwiseConv2dOptions{.padding = tflite::TfLitePadding::kValid}, {},
               keepdims ? Shape{} : pooled);
}

bool is_over_image(const Emitter& emitter, const Run& run) {
  return emitter.shape(run.input()).size() == 4 &&
         run.head->as<ops::Reduce>()->axes == std::vector<int64_t>{1, 2};
}

// A reduction's own operator.  One that moves values keeps the grid of its input.
void emit_reduction(Emitter& emitter, const Run& run, BuiltinOperator op, bool integer) {
  const ops::Reduce& reduce = *run.head->as<ops::Reduce>();
  const int32_t input = integer ? emitter.integer(run.input()) : emitter.real(run.input());
  std::optional<tflite::Quantization> grid;
  if (integer)
    grid =
        ops::moves_values(run.head->primitive) ? emitter.quantization(input) : *emitter.grid_of(run.output);
  const std::vector<int32_t> axes(reduce.axes.begin(), reduce.axes.end());
  const int32_t constant =
      emitter.add_constant(run.name + "/axes", Array::of<int32_t>({static_cast<int64_t>(axes.size())}, axes));
  emitter.finish(run.output,
                 emitter.add_operator(op, {input, constant}, run.name, emitter.shape(run.output), grid,
                                      tflite::TfLiteReducerOptions{.keep_dims = reduce.keepdims}));
}

// One window as large as the image.
void emit_whole_image(Emitter& emitter, const Run& run, BuiltinOperator op, ops::Size2 strides) {
  const Shape& image = emitter.shape(run.input());
  const ops::Window whole{.size = {image[1], image[2]}, .strides = strides};
  int32_t result =
      pooled(emitter, run, op, whole, emitter.is_integer(run.input()), {image[0], 1, 1, image[3]});
  if (emitter.shape(run.output).size() == 2) {
    result = emitter.reshaped(result, run.name + "/flat", emitter.shape(run.output));
  }
  emitter.finish(run.output, result);
}

void emit_mean(Emitter& emitter, const Run& run) {
  // With the strides that the files have which the compiler is known to take.
  if (becomes_average_pool(emitter, run)) {
    return emit_whole_image(emitter, run, BuiltinOperator::kAveragePool2d, 2);
  }
  const ops::ValueId source = run.input();
  const auto grid = emitter.grid_of(run.output);
  const bool integer =
      emitter.is_integer(source) && grid &&
      within_reach(static_cast<double>(emitter.quantization(emitter.integer(source)).scale[0]),
                   static_cast<double>(grid->scale[0]));
  if (integer && emitter.portable_scales() && is_over_image(emitter, run) &&
      emitter.shape(source)[1] * emitter.shape(source)[2] <= kLargestMeanWindow) {
    return emit_mean_as_convolution(emitter, run, run.head->as<ops::Reduce>()->keepdims);
  }
  emit_reduction(emitter, run, BuiltinOperator::kMean, integer);
}

}  // namespace

bool becomes_average_pool(const Emitter& emitter, const Run& run) {
  const auto* reduce = run.head->as<ops::Reduce>();
  return emitter.target() == Target::kEdgeTpu && reduce != nullptr &&
         reduce->of == ops::Reduction::kAverage && is_over_image(emitter, run) &&
         emitter.range_of(run.input()) != nullptr && emitter.grid_of(run.output);
}

void emit(Emitter& emitter, const Run& run, const ops::Pool& pool) {
  const bool maximum = pool.of == ops::Reduction::kMax;
  // An average is a new value: without a quantizer of its own it stays float.
  const bool integer = emitter.is_integer(run.input()) && (maximum || emitter.grid_of(run.output));
  const BuiltinOperator op = maximum ? BuiltinOperator::kMaxPool2d : BuiltinOperator::kAveragePool2d;
  emitter.finish(run.output, pooled(emitter, run, op, pool.window, integer, emitter.shape(run.output)));
}

void emit(Emitter& emitter, const Run& run, const ops::Reduce& reduce) {
  const bool integer = emitter.is_integer(run.input());
  switch (reduce.of) {
    case ops::Reduction::kMax:
      if (is_over_image(emitter, run)) {
        const Shape& image = emitter.shape(run.input());
        return emit_whole_image(emitter, run, BuiltinOperator::kMaxPool2d, {image[1], image[2]});
      }
      return emit_reduction(emitter, run, BuiltinOperator::kReduceMax, integer);
    case ops::Reduction::kMin:
      return emit_reduction(emitter, run, BuiltinOperator::kReduceMin, integer);
    case ops::Reduction::kAverage:
      return emit_mean(emitter, run);
    case ops::Reduction::kSum:
      // The reference kernel takes codes for unsigned ones.
      return emit_reduction(emitter, run, BuiltinOperator::kSum, false);
  }
}

}  // namespace nudge::convert
