// MEAN, SUM, REDUCE_MAX and REDUCE_MIN over any dimensions.
#include <algorithm>
#include <limits>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

// How the elements of the input fall together.
struct Reduction {
  Shape shape;                   // of the input
  std::vector<int64_t> strides;  // in the output, 0 where dimensions are reduced
  int64_t elements = 1;          // of the input in each of the output
};

Reduction make_reduction(const Preparation& op) {
  Reduction reduction;
  reduction.shape = op.input(0).shape;
  const size_t rank = reduction.shape.size();
  std::vector<bool> reduced(rank);
  for (const int32_t axis : op.constant_ints(1)) reduced[op.axis(axis, rank)] = true;
  const bool keep = op.options_or_default<TfLiteReducerOptions>().keep_dims;
  Shape result;
  for (size_t d = 0; d < rank; ++d) {
    if (reduction.shape[d] < 1) op.fail("its input is empty");
    if (reduced[d]) reduction.elements *= reduction.shape[d];
    if (!reduced[d] || keep) result.push_back(reduced[d] ? 1 : reduction.shape[d]);
  }
  op.set_output_shape(result);
  reduction.strides.resize(rank);
  int64_t stride = 1;
  for (size_t d = rank; d-- > 0;) {
    if (reduced[d]) continue;
    reduction.strides[d] = stride;
    stride *= reduction.shape[d];
  }
  if (rank == 0) {
    reduction.shape.push_back(1);
    reduction.strides.push_back(0);
  }
  return reduction;
}

// result[where x counts] = function(that, x), element after element as they lie: in float the reference
// kernels' order, as a float island that ends in a QUANTIZE must not differ by a bit.
template <typename T, typename Result, typename Function>
void reduce(const Reduction& reduction, const T* x, Result* result, const Function& function) {
  const size_t last = reduction.shape.size() - 1;
  const int64_t length = reduction.shape[last], step = reduction.strides[last];
  const int64_t rows = element_count(reduction.shape) / length;
  for (int64_t row = 0; row < rows; ++row, x += length) {
    int64_t rest = row;
    Result* to = result;
    for (size_t d = last; d-- > 0;) {
      to += rest % reduction.shape[d] * reduction.strides[d];
      rest /= reduction.shape[d];
    }
    for (int64_t i = 0; i < length; ++i) to[i * step] = function(to[i * step], x[i]);
  }
}

template <typename T>
Kernel extremum(const Preparation& op, const Reduction& reduction) {
  const bool largest = op.op() == BuiltinOperator::kReduceMax;
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const T* x = arrays[in].data<T>();
    T* y = arrays[out].data<T>();
    std::fill_n(y, arrays[out].size(),
                largest ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max());
    if (largest) return reduce(reduction, x, y, [](T a, T b) { return b > a ? b : a; });
    reduce(reduction, x, y, [](T a, T b) { return b < a ? b : a; });
  };
}

Kernel float_sum(const Preparation& op, const Reduction& reduction, bool mean) {
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    float* y = arrays[out].data<float>();
    std::fill_n(y, arrays[out].size(), 0.0F);
    reduce(reduction, arrays[in].data<float>(), y, [](float a, float b) { return a + b; });
    if (!mean) return;
    for (float& value : arrays[out].span<float>()) value /= static_cast<float>(reduction.elements);
  };
}

template <typename Code>
Kernel integer_mean(const Preparation& op, const Reduction& reduction) {
  if (reduction.elements > kMostSummedCodes)
    op.unsupported("a mean of more than 2^23 elements is not computed here");
  const auto n = static_cast<int32_t>(reduction.elements);
  // The division by n goes into the multiplier, with as many bits as it has to spare.
  Multiplier factor = quantize_multiplier(static_cast<double>(op.scale(op.input(0))) /
                                          static_cast<double>(op.scale(op.output())));
  int bits = 0;
  while ((int64_t{2} << bits) <= n) ++bits;
  const int spare = std::min({bits, 32, 31 + factor.e});
  factor = {static_cast<int32_t>((static_cast<int64_t>(factor.q) << spare) / n), factor.e - spare};
  return [=, zero_in = op.zero_point(op.input(0)), zero_out = op.zero_point(op.output()),
          in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    std::vector<int32_t> sums(static_cast<size_t>(arrays[out].size()), 0);
    reduce(reduction, arrays[in].data<Code>(), sums.data(), [](int32_t a, Code b) { return a + b; });
    Code* y = arrays[out].data<Code>();
    for (const int32_t sum : sums)
      *y++ = saturate<Code>(int64_t{multiply(sum - n * zero_in, factor)} + zero_out);
  };
}

}  // namespace

Kernel prepare_reduction(const Preparation& op) {
  const Reduction reduction = make_reduction(op);
  const bool integer = op.is_integer_operator();
  switch (op.op()) {
    case BuiltinOperator::kMean:
      if (!integer) return float_sum(op, reduction, true);
      return for_bytes(op, op.output(),
                       [&](auto code) { return integer_mean<decltype(code)>(op, reduction); });
    case BuiltinOperator::kSum:
      // The runtime's reference kernel takes int8 codes for unsigned ones.
      if (integer) op.unsupported("int8 sums are not computed here; a MEAN and a MUL do the same");
      return float_sum(op, reduction, false);
    default:
      if (!integer) return extremum<float>(op, reduction);
      return for_codes(op, op.output(), [&](auto code) { return extremum<decltype(code)>(op, reduction); });
  }
}

}  // namespace nudge::tflite
