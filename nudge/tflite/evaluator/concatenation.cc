// CONCATENATION and PACK: bytes move, but for unsigned codes of other scales than the output's.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "nudge/tflite/evaluator/along_axis.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

// One input: what of it lies together in the output, and its codes on the output's scale.
struct Part {
  size_t input = 0;
  size_t bytes = 0;
  std::vector<uint8_t> codes;  // empty: as they are
};

Shape with_one(Shape shape, size_t axis) {
  shape.insert(shape.begin() + static_cast<int64_t>(axis), 1);
  return shape;
}

std::vector<uint8_t> rescaled_codes(const Preparation& op, const TfLiteTensor& input) {
  const TfLiteTensor& output = op.output();
  const float from = op.scale(input), to = op.scale(output);
  const int32_t zero_in = op.zero_point(input), zero_out = op.zero_point(output);
  if (from == to && zero_in == zero_out) return {};
  const float scale = from * (1.0F / to);
  const float bias = static_cast<float>(-zero_in) * scale;
  std::vector<uint8_t> codes;
  for (int code = 0; code <= UINT8_MAX; ++code) {
    const float real = std::round(static_cast<float>(code) * scale + bias);
    codes.push_back(saturate<uint8_t>(int64_t{round_to_int32(static_cast<double>(real))} + zero_out));
  }
  return codes;
}

}  // namespace

Kernel prepare_concatenation(const Preparation& op) {
  const bool pack = op.op() == BuiltinOperator::kPack;
  if (!pack && op.options<TfLiteConcatenationOptions>().activation != FusedActivation::kNone)
    op.unsupported("a fused activation is not computed here");
  const int32_t wanted =
      pack ? op.options<TfLitePackOptions>().axis : op.options<TfLiteConcatenationOptions>().axis;
  const size_t axis = op.axis(wanted, op.input(0).shape.size() + (pack ? 1 : 0));
  Shape shape = pack ? with_one(op.input(0).shape, axis) : op.input(0).shape;
  shape[axis] = 0;
  const bool rescale = !pack && op.is(op.output(), TensorType::kUInt8) && op.output().quantization;
  std::vector<Part> parts;
  const size_t element = op.element_size(op.input(0));
  for (size_t i = 0; i < op.input_count(); ++i) {
    op.expect_type(op.output(), op.input(i).type);
    if (!pack && !rescale && has_codes(op.output())) op.expect_same_quantization(op.input(i), op.output());
    op.expect_rank(op.input(i), op.input(0).shape.size());
    const Shape part = pack ? with_one(op.input(i).shape, axis) : op.input(i).shape;
    for (size_t d = 0; d < shape.size(); ++d) {
      if (d != axis && part[d] != shape[d]) op.fail("its inputs differ in more than the axis");
    }
    shape[axis] += part[axis];
    const AlongAxis rows = along_axis(part, axis);
    parts.push_back({op.input_index(i), static_cast<size_t>(rows.length * rows.inner) * element,
                     rescale ? rescaled_codes(op, op.input(i)) : std::vector<uint8_t>()});
  }
  op.set_output_shape(shape);
  return [outer = along_axis(shape, axis).outer, parts, out = op.output_index()](Arrays& arrays) {
    std::byte* to = arrays[out].bytes();
    for (int64_t row = 0; row < outer; ++row) {
      for (const Part& part : parts) {
        const std::byte* from = arrays[part.input].bytes() + static_cast<size_t>(row) * part.bytes;
        if (part.codes.empty()) {
          to = std::copy_n(from, part.bytes, to);
        } else {
          to = std::transform(from, from + part.bytes, to, [&](std::byte code) {
            return static_cast<std::byte>(part.codes[static_cast<size_t>(code)]);
          });
        }
      }
    }
  };
}

}  // namespace nudge::tflite
