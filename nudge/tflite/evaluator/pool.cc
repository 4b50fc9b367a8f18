// MAX_POOL_2D, AVERAGE_POOL_2D and L2_POOL_2D: the root of the squares' mean.
#include <cmath>
#include <limits>

#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/evaluator/window.h"

namespace nudge::tflite {
namespace {

// The mean of `sum` over n codes, ties away from zero as C's division truncates.
int32_t rounded_mean(int32_t sum, int32_t n) { return sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n; }
float rounded_mean(float sum, int32_t n) { return sum / static_cast<float>(n); }

enum class Pooling { kMax, kAverage, kRootOfSquares };

float root(float mean) { return std::sqrt(mean); }
int32_t root(int32_t mean) { return mean; }  // of codes the runtime has none

template <typename T, typename Sum>
void pool(const T* x, T* y, const Shape& in, const FilterWindow& rows, const FilterWindow& columns,
          Pooling pooling, ActivationRange<Sum> range) {
  const int64_t channels = in[3];
  const bool average = pooling != Pooling::kMax, squares = pooling == Pooling::kRootOfSquares;
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
              const auto value = static_cast<Sum>(from[c]);
              sum = average ? sum + (squares ? value * value : value) : std::max(sum, value);
            }
          }
        }
        for (int64_t c = 0; c < channels; ++c) {
          const Sum sum = sums[static_cast<size_t>(c)];
          const Sum mean = average ? rounded_mean(sum, taps) : sum;
          to[c] = static_cast<T>(std::clamp(squares ? root(mean) : mean, range.low, range.high));
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
  const Pooling pooling = op.op() == BuiltinOperator::kMaxPool2d       ? Pooling::kMax
                          : op.op() == BuiltinOperator::kAveragePool2d ? Pooling::kAverage
                                                                       : Pooling::kRootOfSquares;
  if (pooling == Pooling::kAverage && int64_t{options.filter_h} * options.filter_w > kMostSummedCodes) {
    op.unsupported("a mean of more than 2^23 elements is not computed here");
  }
  const size_t in = op.input_index(0), out = op.output_index();
  if (!op.is_integer_operator()) {
    return [=, range = op.real_range(options.activation)](Arrays& arrays) {
      pool<float, float>(arrays[in].data<float>(), arrays[out].data<float>(), shape, rows, columns, pooling,
                         range);
    };
  }
  if (pooling == Pooling::kRootOfSquares) op.unsupported("of codes the runtime does not compute it either");
  return for_codes(op, op.output(), [&](auto code) -> Kernel {
    using Code = decltype(code);
    return [=, range = op.code_range(options.activation, op.output())](Arrays& arrays) {
      pool<Code, int32_t>(arrays[in].data<Code>(), arrays[out].data<Code>(), shape, rows, columns, pooling,
                          range);
    };
  });
}

}  // namespace nudge::tflite
