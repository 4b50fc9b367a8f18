// TOPK_V2: the largest values of each row, largest first, and where they lie; of equals the first.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nudge/tflite/evaluator/code_types.h"

namespace nudge::tflite {

namespace {

template <typename T>
Kernel top_k(const Preparation& op, int64_t rows, int64_t length, int64_t k) {
  return
      [=, in = op.input_index(0), values = op.output_index(0), places = op.output_index(1)](Arrays& arrays) {
        std::vector<int32_t> order(static_cast<size_t>(length));
        for (int64_t row = 0; row < rows; ++row) {
          const T* x = arrays[in].data<T>() + row * length;
          std::iota(order.begin(), order.end(), 0);
          std::partial_sort(order.begin(), order.begin() + k, order.end(),
                            [x](int32_t a, int32_t b) { return x[a] > x[b] || (!(x[b] > x[a]) && a < b); });
          for (int64_t i = 0; i < k; ++i) {
            const int32_t place = order[static_cast<size_t>(i)];
            arrays[values].data<T>()[row * k + i] = x[place];
            arrays[places].data<int32_t>()[row * k + i] = place;
          }
        }
      };
}

}  // namespace

Kernel prepare_top_k(const Preparation& op) {
  const TfLiteTensor& input = op.input(0);
  const int64_t k = op.constant_int(1);
  if (input.shape.empty() || k < 0 || k > input.shape.back())
    op.fail(fmt::format("{} values of rows of {}", k, to_string(input.shape)));
  op.expect_type(op.output(0), input.type);
  op.expect_type(op.output(1), TensorType::kInt32);
  const int64_t length = input.shape.back(), rows = length == 0 ? 0 : element_count(input.shape) / length;
  Shape shape = input.shape;
  shape.back() = k;
  op.set_output_shape(shape, 0);
  op.set_output_shape(shape, 1);
  if (rows == 0) return [](Arrays&) {};
  return for_numbers(op, input, [&](auto number) { return top_k<decltype(number)>(op, rows, length, k); });
}

}  // namespace nudge::tflite
