// MAX_POOL_2D, AVERAGE_POOL_2D and MEAN.
#include <limits>

#include "nudge/base/threads.h"
#include "nudge/tflite/elementwise.h"
#include "nudge/tflite/integer_arithmetic.h"
#include "nudge/tflite/operator_kernel.h"
#include "nudge/tflite/window.h"

namespace nudge::tflite {
namespace {

constexpr int64_t kMostElements = 1 << 23;  // whose codes add up within 32 bits

// The mean of `sum` over n codes, ties away from zero as C's division truncates.
int32_t rounded_mean(int32_t sum, int32_t n) { return sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n; }
float rounded_mean(float sum, int32_t n) { return sum / static_cast<float>(n); }

template <typename T, typename Sum>
void pool(const T* x, T* y, const Shape& in, const FilterWindow& rows, const FilterWindow& columns,
          bool average, ActivationRange<Sum> range) {
  const int64_t channels = in[3];
  const int64_t lines_a_task = kElementsATask / std::max<int64_t>(columns.out * channels, 1) + 1;
  parallel_for(in[0] * rows.out, lines_a_task, [&](int64_t begin, int64_t end) {
    std::vector<Sum> sums(static_cast<size_t>(channels));
    for (int64_t line = begin; line < end; ++line) {
      const int64_t n = line / rows.out;
      const int64_t row = line % rows.out;
      T* to = y + line * columns.out * channels;
      for (int64_t column = 0; column < columns.out; ++column, to += channels) {
        std::fill(sums.begin(), sums.end(), average ? Sum{0} : std::numeric_limits<Sum>::lowest());
        int32_t taps = 0;
        for (int64_t kr = rows.first_tap(row); kr < rows.last_tap(row); ++kr) {
          for (int64_t kc = columns.first_tap(column); kc < columns.last_tap(column); ++kc, ++taps) {
            const T* from =
                x +
                ((n * rows.in + rows.start(row) + kr) * columns.in + columns.start(column) + kc) * channels;
            for (int64_t c = 0; c < channels; ++c) {
              Sum& sum = sums[static_cast<size_t>(c)];
              sum = average ? sum + static_cast<Sum>(from[c]) : std::max(sum, static_cast<Sum>(from[c]));
            }
          }
        }
        for (int64_t c = 0; c < channels; ++c) {
          const Sum sum = sums[static_cast<size_t>(c)];
          to[c] = static_cast<T>(std::clamp(average ? rounded_mean(sum, taps) : sum, range.low, range.high));
        }
      }
    }
  });
}

}  // namespace

Kernel prepare_pool(const Preparation& op) {
  const auto options = op.options<TfLitePool2dOptions>();
  op.expect_rank(op.input(0), 4);
  const Shape shape = op.input(0).shape;
  if (options.stride_h < 1 || options.stride_w < 1 || options.filter_h < 1 || options.filter_w < 1) {
    op.fail("its window and strides must be positive");
  }
  const FilterWindow rows = make_window(shape[1], options.filter_h, options.stride_h, 1, options.padding);
  const FilterWindow columns = make_window(shape[2], options.filter_w, options.stride_w, 1, options.padding);
  if (rows.out < 1 || columns.out < 1) op.fail("its window does not fit the input");
  op.set_output_shape({shape[0], rows.out, columns.out, shape[3]});
  const bool average = op.op() == BuiltinOperator::kAveragePool2d;
  if (average && int64_t{options.filter_h} * options.filter_w > kMostElements) {
    op.unsupported("a mean of more than 2^23 elements is not computed here");
  }
  const size_t in = op.input_index(0), out = op.output_index();
  if (!op.is_int8_operator()) {
    return [=, range = op.real_range(options.activation)](Arrays& arrays) {
      pool<float, float>(arrays[in].data<float>(), arrays[out].data<float>(), shape, rows, columns, average,
                         range);
    };
  }
  op.expect_same_quantization(op.input(0), op.output());
  return [=, range = op.code_range(options.activation, op.output())](Arrays& arrays) {
    pool<int8_t, int32_t>(arrays[in].data<int8_t>(), arrays[out].data<int8_t>(), shape, rows, columns,
                          average, range);
  };
}

Kernel prepare_mean(const Preparation& op) {
  const Shape shape = op.input(0).shape;
  std::vector<bool> reduced(shape.size(), false);
  for (const int32_t axis : op.constant_ints(1)) reduced[op.axis(axis, shape.size())] = true;
  const bool keep = op.options_or_default<TfLiteReducerOptions>().keep_dims;
  Shape result;
  int64_t n = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (reduced[d]) n *= shape[d];
    if (!reduced[d] || keep) result.push_back(reduced[d] ? 1 : shape[d]);
  }
  if (n < 1) op.fail("its input is empty");
  if (n > kMostElements) op.unsupported("a mean of more than 2^23 elements is not computed here");
  op.set_output_shape(result);
  // Where in the output each element of the input counts.
  std::vector<int64_t> target(static_cast<size_t>(element_count(shape)));
  for (size_t i = 0; i < target.size(); ++i) {
    int64_t rest = static_cast<int64_t>(i), stride = 1;
    for (size_t d = shape.size(); d-- > 0;) {
      if (!reduced[d]) {
        target[i] += rest % shape[d] * stride;
        stride *= shape[d];
      }
      rest /= shape[d];
    }
  }
  const size_t in = op.input_index(0), out = op.output_index();
  if (!op.is_int8_operator()) {
    return [=](Arrays& arrays) {
      // In float, as the reference kernels: a float island that ends in a QUANTIZE must not differ by a bit.
      std::vector<float> sums(static_cast<size_t>(arrays[out].size()), 0.0F);
      const auto x = arrays[in].span<float>();
      for (size_t i = 0; i < x.size(); ++i) sums[static_cast<size_t>(target[i])] += x[i];
      float* y = arrays[out].data<float>();
      for (const float sum : sums) *y++ = sum / static_cast<float>(n);
    };
  }
  // The division by n goes into the multiplier, with as many bits as it has to spare.
  Multiplier factor = quantize_multiplier(static_cast<double>(op.scale(op.input(0))) /
                                          static_cast<double>(op.scale(op.output())));
  int bits = 0;
  while ((int64_t{2} << bits) <= n) ++bits;
  const int spare = std::min({bits, 32, 31 + factor.e});
  factor = {static_cast<int32_t>((static_cast<int64_t>(factor.q) << spare) / n), factor.e - spare};
  return [=, zero_in = op.zero_point(op.input(0)), zero_out = op.zero_point(op.output())](Arrays& arrays) {
    std::vector<int32_t> sums(static_cast<size_t>(arrays[out].size()), 0);
    const auto x = arrays[in].span<int8_t>();
    for (size_t i = 0; i < x.size(); ++i) sums[static_cast<size_t>(target[i])] += x[i];
    int8_t* y = arrays[out].data<int8_t>();
    for (const int32_t sum : sums) {
      *y++ = saturate_int8(multiply(sum - static_cast<int32_t>(n) * zero_in, factor) + zero_out);
    }
  };
}

}  // namespace nudge::tflite
