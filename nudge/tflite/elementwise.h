// Loops over one tensor, or two with broadcasting.  Private to the kernels.
#pragma once

#include <array>
#include <cstdint>

#include "nudge/base/threads.h"
#include "nudge/tflite/operator_kernel.h"

namespace nudge::tflite {

inline constexpr int64_t kElementsATask = 1 << 14;

// function(In) -> Out on every element of input 0.
template <typename In, typename Out, typename Function>
Kernel mapped(const Preparation& op, Function function) {
  op.set_output_shape(op.input(0).shape);
  return [function, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const In* from = arrays[in].data<In>();
    Out* to = arrays[out].data<Out>();
    parallel_for(arrays[out].size(), kElementsATask, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = function(from[i]);
    });
  };
}

// The same for int8 to int8, by a table of all codes.
template <typename Function>
Kernel mapped_by_table(const Preparation& op, Function function) {
  std::array<int8_t, 256> table{};
  for (int code = INT8_MIN; code <= INT8_MAX; ++code) {
    table[static_cast<uint8_t>(code)] = function(static_cast<int8_t>(code));
  }
  return mapped<int8_t, int8_t>(op, [table](int8_t code) { return table[static_cast<uint8_t>(code)]; });
}

// How two shapes are stretched to a common one, as NumPy does: walked row by row of the last dimension.
class Broadcast {
 public:
  // Throws through `op` when the shapes do not fit.
  Broadcast(const Preparation& op, const Shape& a, const Shape& b);

  const Shape& shape() const { return shape_; }
  int64_t rows() const { return rows_; }
  int64_t row_length() const { return row_length_; }
  int64_t step_a() const { return step_a_; }
  int64_t step_b() const { return step_b_; }
  // Where row `row` begins in the inputs.
  int64_t offset_a(int64_t row) const { return offset(row, strides_a_); }
  int64_t offset_b(int64_t row) const { return offset(row, strides_b_); }

 private:
  int64_t offset(int64_t row, const std::vector<int64_t>& strides) const;

  Shape shape_;
  int64_t rows_ = 1;
  int64_t row_length_ = 1;
  int64_t step_a_ = 0;  // 0: one element for the whole row
  int64_t step_b_ = 0;
  std::vector<int64_t> strides_a_;  // of every dimension but the last
  std::vector<int64_t> strides_b_;
};

// function(T, T) -> T on input 0 and input 1.
template <typename T, typename Function>
Kernel paired(const Preparation& op, Function function) {
  const Broadcast broadcast(op, op.input(0).shape, op.input(1).shape);
  op.set_output_shape(broadcast.shape());
  return [function, broadcast, a = op.input_index(0), b = op.input_index(1),
          out = op.output_index()](Arrays& arrays) {
    const T* left = arrays[a].data<T>();
    const T* right = arrays[b].data<T>();
    T* to = arrays[out].data<T>();
    const int64_t length = broadcast.row_length();
    const int64_t rows_a_task = kElementsATask / std::max<int64_t>(length, 1) + 1;
    parallel_for(broadcast.rows(), rows_a_task, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const T* x = left + broadcast.offset_a(row);
        const T* y = right + broadcast.offset_b(row);
        for (int64_t i = 0; i < length; ++i) {
          to[row * length + i] = function(x[i * broadcast.step_a()], y[i * broadcast.step_b()]);
        }
      }
    });
  };
}

}  // namespace nudge::tflite
