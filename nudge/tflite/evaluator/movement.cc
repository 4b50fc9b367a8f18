// RESHAPE, SQUEEZE, EXPAND_DIMS, PAD and PADV2: bytes move, nothing is computed.
#include <algorithm>
#include <cstring>

#include "nudge/tflite/evaluator/code_types.h"

namespace nudge::tflite {

namespace {

// A dimension of -1 takes what the others leave.
Shape filled_in(const Preparation& op, const std::vector<int32_t>& wanted) {
  Shape shape(wanted.begin(), wanted.end());
  const auto open = std::find(shape.begin(), shape.end(), -1);
  if (open == shape.end()) return shape;
  const int64_t elements = element_count(op.input(0).shape);
  int64_t known = 1;
  for (auto d = shape.begin(); d != shape.end(); ++d) {
    if (d == open) continue;
    if (*d < 1) op.fail("its shape leaves two dimensions open, or has an empty one");
    if (known <= elements) known *= *d;  // beyond that it cannot fit, and could overflow
  }
  *open = elements / known;
  return shape;
}

Shape squeezed(const Preparation& op) {
  const Shape& shape = op.input(0).shape;
  const std::vector<int32_t> dimensions = op.options_or_default<TfLiteSqueezeOptions>().squeeze_dims;
  std::vector<bool> dropped(shape.size());
  for (const int32_t d : dimensions) dropped[op.axis(d, shape.size())] = true;
  Shape result;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (dropped[d] && shape[d] != 1) op.fail("it would drop a dimension that is not 1");
    const bool drop = dimensions.empty() ? shape[d] == 1 : dropped[d];
    if (!drop) result.push_back(shape[d]);
  }
  return result;
}

Shape new_shape(const Preparation& op) {
  if (op.op() == BuiltinOperator::kSqueeze) return squeezed(op);
  if (op.op() == BuiltinOperator::kExpandDims) {
    Shape shape = op.input(0).shape;
    shape.insert(shape.begin() + static_cast<int64_t>(op.axis(op.constant_int(1), shape.size() + 1)), 1);
    return shape;
  }
  if (op.has_input(1) && op.input(1).is_constant()) return filled_in(op, op.constant_ints(1));
  // A shape that the model computes is the one that the file says for a batch of one.
  if (op.has_input(1)) return op.output().shape;
  return filled_in(op, op.options_or_default<TfLiteReshapeOptions>().new_shape);
}

}  // namespace

Kernel prepare_reshape(const Preparation& op) {
  op.set_output_shape(new_shape(op));
  if (element_count(op.output().shape) != element_count(op.input(0).shape)) {
    op.fail("its shape holds another number of elements than its input");
  }
  op.expect_type(op.output(), op.input(0).type);
  return [in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    std::memcpy(arrays[out].bytes(), arrays[in].bytes(), arrays[in].byte_size());
  };
}

Kernel prepare_pad(const Preparation& op) {
  const Shape in_shape = op.input(0).shape;
  const auto pads = op.constant_ints(1);
  if (in_shape.empty() || pads.size() != 2 * in_shape.size())
    op.fail("its paddings do not fit its input's rank");
  Shape shape = in_shape;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (pads[2 * d] < 0 || pads[2 * d + 1] < 0) op.fail("its paddings are negative");
    shape[d] += int64_t{pads[2 * d]} + pads[2 * d + 1];
  }
  op.set_output_shape(shape);
  const bool integer = has_codes(op.input(0));
  op.expect_type(op.output(), op.input(0).type);
  const size_t element = op.element_size(op.input(0));
  std::vector<std::byte> filler(element);
  if (integer) {
    const int32_t zero = op.zero_point(op.output());
    std::memcpy(filler.data(), &zero, element);  // little endian
  }
  if (op.op() == BuiltinOperator::kPadV2) {
    const TfLiteTensor& value = op.input(2);
    op.expect_type(value, op.input(0).type);
    if (integer) op.expect_same_quantization(value, op.output());
    if (value.data.size() != element) op.unsupported("its padding value must be a constant of one element");
    filler = value.data;
  }
  const int64_t rows = in_shape.back() == 0 ? 0 : element_count(in_shape) / in_shape.back();
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    std::byte* to = arrays[out].bytes();
    for (size_t i = 0; i < arrays[out].byte_size(); i += element) std::memcpy(to + i, filler.data(), element);
    const size_t row_bytes = static_cast<size_t>(in_shape.back()) * element;
    for (int64_t row = 0; row < rows; ++row) {
      int64_t rest = row, at = pads[2 * (in_shape.size() - 1)], stride = shape.back();
      for (size_t d = in_shape.size() - 1; d-- > 0;) {
        at += (rest % in_shape[d] + pads[2 * d]) * stride;
        rest /= in_shape[d];
        stride *= shape[d];
      }
      std::memcpy(to + static_cast<size_t>(at) * element,
                  arrays[in].bytes() + static_cast<size_t>(row) * row_bytes, row_bytes);
    }
  };
}

}  // namespace nudge::tflite
