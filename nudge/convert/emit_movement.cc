// What only moves values: the output is on the input's grid.
#include "nudge/convert/emit.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

// The input in the form it has.
int32_t as_it_is(Emitter& emitter, ops::ValueId value) {
  return emitter.is_integer(value) ? emitter.integer(value) : emitter.real(value);
}

std::optional<tflite::Quantization> grid_at(const Emitter& emitter, int32_t index, bool integer) {
  if (!integer) return std::nullopt;
  return emitter.quantization(index);
}

}  // namespace

void emit(Emitter& emitter, const Run& run, const ops::Dropout&) { emitter.alias(run.output, run.input()); }

void emit(Emitter& emitter, const Run& run, const ops::GaussianNoise&) {
  emitter.alias(run.output, run.input());
}

void emit(Emitter& emitter, const Run& run, const ops::Identity&) { emitter.alias(run.output, run.input()); }

void emit(Emitter& emitter, const Run& run, const ops::Quantize&) { emitter.alias(run.output, run.input()); }

void emit(Emitter& emitter, const Run& run, const ops::Reshape&) {
  const int32_t input = as_it_is(emitter, run.input());
  emitter.finish(run.output, emitter.reshaped(input, run.name, emitter.shape(run.output)));
}

void emit(Emitter& emitter, const Run& run, const ops::Pad& options) {
  const ops::ValueId source = run.input();
  const int32_t input = as_it_is(emitter, source);
  const auto size = [](int64_t value) { return static_cast<int32_t>(value); };
  const std::string& name = run.name;
  const int32_t pads = emitter.add_constant(
      name + "/paddings", Array::of<int32_t>({4, 2}, {0, 0, size(options.top), size(options.bottom),
                                                      size(options.left), size(options.right), 0, 0}));
  emitter.finish(run.output,
                 emitter.add_operator(BuiltinOperator::kPad, {input, pads}, name, emitter.shape(run.output),
                                      grid_at(emitter, input, emitter.is_integer(source))));
}

void emit(Emitter& emitter, const Run& run, const ops::Resize& resize) {
  const ops::ValueId source = run.input();
  const bool bilinear = resize.interpolation == ops::Interpolation::kBilinear;
  // Nearest copies codes; bilinear makes new values and needs a quantizer of its own to be 8-bit.
  const bool integer = emitter.is_integer(source) && (!bilinear || emitter.grid_of(run.output));
  const int32_t input = integer ? emitter.integer(source) : emitter.real(source);
  const Shape& shape = emitter.shape(run.output);
  const std::string& name = run.name;
  const int32_t size = emitter.add_constant(
      name + "/size",
      Array::of<int32_t>({2}, {static_cast<int32_t>(shape[1]), static_cast<int32_t>(shape[2])}));
  tflite::Options options = tflite::TfLiteResizeNearestNeighborOptions{};
  if (bilinear) options = tflite::TfLiteResizeBilinearOptions{.half_pixel_centers = true};
  emitter.finish(run.output,
                 emitter.add_operator(
                     bilinear ? BuiltinOperator::kResizeBilinear : BuiltinOperator::kResizeNearestNeighbor,
                     {input, size}, name, shape, grid_at(emitter, input, integer), options));
}

}  // namespace nudge::convert
