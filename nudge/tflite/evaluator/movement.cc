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

// The elements of a padded tensor that stay neighbours, run after run.
struct PaddedRuns {
  int64_t length = 1;
  int64_t count = 1;
  Shape shape;                   // of the dimensions whose indices tell a run
  std::vector<int64_t> strides;  // in the output
  int64_t offset = 0;            // of the first run

  int64_t place(int64_t run) const {
    int64_t at = offset;
    for (size_t d = shape.size(); d-- > 0;) {
      at += run % shape[d] * strides[d];
      run /= shape[d];
    }
    return at;
  }
};

PaddedRuns padded_runs(const Shape& in, const std::vector<int32_t>& pads) {
  PaddedRuns runs;
  size_t d = in.size();
  int64_t stride = 1;
  // Up to the innermost dimension that is padded, elements lie side by side.
  for (bool padded = false; d > 0 && !padded; stride *= in[d] + pads[2 * d] + pads[2 * d + 1]) {
    --d;
    padded = pads[2 * d] != 0 || pads[2 * d + 1] != 0;
    runs.offset += pads[2 * d] * runs.length;
    runs.length *= in[d];
  }
  runs.shape = Shape(in.begin(), in.begin() + static_cast<int64_t>(d));
  runs.strides.resize(d);
  for (; d-- > 0; stride *= in[d] + pads[2 * d] + pads[2 * d + 1]) {
    runs.strides[d] = stride;
    runs.offset += pads[2 * d] * stride;
    runs.count *= in[d];
  }
  return runs;
}

void fill_with(std::byte* begin, const std::byte* end, const std::vector<std::byte>& filler) {
  if (begin == end) return;
  if (std::ranges::count(filler, filler[0]) == std::ssize(filler)) {
    std::memset(begin, static_cast<int>(filler[0]), static_cast<size_t>(end - begin));
    return;
  }
  for (; begin < end; begin += filler.size()) std::memcpy(begin, filler.data(), filler.size());
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
  return [runs = padded_runs(in_shape, pads), element, filler, in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const std::byte* from = arrays[in].bytes();
    std::byte* to = arrays[out].bytes();
    const std::byte* const end = to + arrays[out].byte_size();
    const auto run_bytes = static_cast<size_t>(runs.length) * element;
    std::byte* done = to;
    for (int64_t run = 0; run < runs.count && run_bytes > 0; ++run, from += run_bytes) {
      std::byte* at = to + static_cast<size_t>(runs.place(run)) * element;
      fill_with(done, at, filler);
      std::memcpy(at, from, run_bytes);
      done = at + run_bytes;
    }
    fill_with(done, end, filler);
  };
}

}  // namespace nudge::tflite
