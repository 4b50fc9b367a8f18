// Layers that only move values: their output is on their input's grid.
#include "nudge/convert/emit.h"
#include "nudge/layers/layers.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;

// The input in the form it has.
int32_t as_it_is(Emitter& emitter, const Tensor& tensor) {
  return emitter.is_integer(tensor) ? emitter.integer(tensor) : emitter.real(tensor);
}

std::optional<tflite::Quantization> grid_at(const Emitter& emitter, int32_t index, bool integer) {
  if (!integer) return std::nullopt;
  return emitter.quantization(index);
}

}  // namespace

void emit_identity(Emitter& emitter, const Run& run) { emitter.alias(run.output, run.head->inputs.front()); }

void emit_reshape(Emitter& emitter, const Run& run) {
  const int32_t input = as_it_is(emitter, run.head->inputs.front());
  emitter.finish(run.output, emitter.reshaped(input, run_name(run), run.output.shape()));
}

void emit_padding(Emitter& emitter, const Run& run) {
  const auto& options =
      dynamic_cast<const layers::ZeroPadding2D&>(computing_layer(*run.head->layer)).options();
  const Tensor& source = run.head->inputs.front();
  const int32_t input = as_it_is(emitter, source);
  const auto size = [](int64_t value) { return static_cast<int32_t>(value); };
  const std::string name = run_name(run);
  const int32_t pads = emitter.add_constant(
      name + "/paddings", Array::of<int32_t>({4, 2}, {0, 0, size(options.top), size(options.bottom),
                                                      size(options.left), size(options.right), 0, 0}));
  emitter.finish(run.output,
                 emitter.add_operator(BuiltinOperator::kPad, {input, pads}, name, run.output.shape(),
                                      grid_at(emitter, input, emitter.is_integer(source))));
}

void emit_resize(Emitter& emitter, const Run& run) {
  const auto& layer = dynamic_cast<const layers::UpSampling2D&>(computing_layer(*run.head->layer));
  const Tensor& source = run.head->inputs.front();
  const bool bilinear = layer.options().interpolation == layers::Interpolation::kBilinear;
  // Nearest copies codes; bilinear makes new values and needs a quantizer of its own to be 8-bit.
  const bool integer = emitter.is_integer(source) && (!bilinear || emitter.grid_of(run.output));
  const int32_t input = integer ? emitter.integer(source) : emitter.real(source);
  const Shape& shape = run.output.shape();
  const std::string name = run_name(run);
  const int32_t size = emitter.add_constant(
      name + "/size",
      Array::of<int32_t>({2}, {static_cast<int32_t>(shape[1]), static_cast<int32_t>(shape[2])}));
  tflite::Options options = tflite::ResizeNearestNeighborOptions{};
  if (bilinear) options = tflite::ResizeBilinearOptions{.half_pixel_centers = true};
  emitter.finish(run.output,
                 emitter.add_operator(
                     bilinear ? BuiltinOperator::kResizeBilinear : BuiltinOperator::kResizeNearestNeighbor,
                     {input, size}, name, shape, grid_at(emitter, input, integer), options));
}

}  // namespace nudge::convert
