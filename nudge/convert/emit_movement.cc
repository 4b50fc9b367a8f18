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

void emit(Emitter& emitter, const Run& run, const ops::Distort&) { emitter.alias(run.output, run.input()); }

void emit(Emitter& emitter, const Run& run, const ops::Identity&) {
  const auto grid = emitter.grid_of(run.output);
  if (!grid || !emitter.is_integer(run.input())) return emitter.alias(run.output, run.input());
  emitter.finish(run.output, emitter.requantized(emitter.integer(run.input()), *grid));
}

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
  // Between whole factors half-pixel centres name the same pixels, and every runtime knows the older form.
  const Shape& image = emitter.shape(source);
  const bool whole = shape[1] % image[1] == 0 && shape[2] % image[2] == 0;
  tflite::Options options = tflite::TfLiteResizeNearestNeighborOptions{.half_pixel_centers = !whole};
  if (bilinear) options = tflite::TfLiteResizeBilinearOptions{.half_pixel_centers = true};
  emitter.finish(run.output,
                 emitter.add_operator(
                     bilinear ? BuiltinOperator::kResizeBilinear : BuiltinOperator::kResizeNearestNeighbor,
                     {input, size}, name, shape, grid_at(emitter, input, integer), options));
}

void emit(Emitter& emitter, const Run& run, const ops::Transpose& transpose) {
  const int32_t input = as_it_is(emitter, run.input());
  const std::vector<int32_t> order(transpose.order.begin(), transpose.order.end());
  const int32_t constant = emitter.add_constant(
      run.name + "/order", Array::of<int32_t>({static_cast<int64_t>(order.size())}, order));
  emitter.finish(run.output, emitter.add_operator(BuiltinOperator::kTranspose, {input, constant}, run.name,
                                                  emitter.shape(run.output),
                                                  grid_at(emitter, input, emitter.is_integer(run.input()))));
}

void emit(Emitter& emitter, const Run& run, const ops::Slice& slice) {
  const int32_t input = as_it_is(emitter, run.input());
  std::vector<int32_t> begins, ends, strides;
  tflite::TfLiteStridedSliceOptions options;
  for (size_t i = 0; i < slice.parts.size(); ++i) {
    const auto& [begin, count, stride] = slice.parts[i];
    const bool all = count == kUnknown;
    const int64_t end = begin + count * stride;
    begins.push_back(all ? 0 : static_cast<int32_t>(begin));
    ends.push_back(all ? 0 : static_cast<int32_t>(end));
    strides.push_back(all ? 1 : static_cast<int32_t>(stride));
    if (all) options.begin_mask |= 1 << i;
    // Behind the first element, backwards, lies -1, which would count from the back.
    if (all || end < 0) options.end_mask |= 1 << i;
  }
  const auto constant = [&](const char* what, const std::vector<int32_t>& values) {
    return emitter.add_constant(run.name + what,
                                Array::of<int32_t>({static_cast<int64_t>(values.size())}, values));
  };
  emitter.finish(run.output,
                 emitter.add_operator(BuiltinOperator::kStridedSlice,
                                      {input, constant("/begin", begins), constant("/end", ends),
                                       constant("/strides", strides)},
                                      run.name, emitter.shape(run.output),
                                      grid_at(emitter, input, emitter.is_integer(run.input())), options));
}

void emit(Emitter& emitter, const Run& run, const ops::Gather&) {
  const ops::ValueId table = run.inputs()[0], indices = run.inputs()[1];
  const int32_t rows = as_it_is(emitter, table);
  const int32_t whole = emitter.add_operator(BuiltinOperator::kCast, {emitter.real(indices)},
                                             run.name + "/indices", emitter.shape(indices), std::nullopt);
  emitter.graph().tensors[static_cast<size_t>(whole)].type = tflite::TensorType::kInt32;
  emitter.finish(run.output, emitter.add_operator(BuiltinOperator::kGather, {rows, whole}, run.name,
                                                  emitter.shape(run.output),
                                                  grid_at(emitter, rows, emitter.is_integer(table))));
}

}  // namespace nudge::convert
