// Loops over one tensor, or several with broadcasting.  Private to the kernels.
#pragma once

#include <array>
#include <cstdint>
#include <tuple>
#include <utility>

#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/operator_kernel.h"

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

// The same from codes of 8 bits to such codes, by a table of all.
template <typename Code, typename Function>
Kernel mapped_by_table(const Preparation& op, Function function) {
  static_assert(sizeof(Code) == 1);
  std::array<Code, 256> table{};
  for (int i = 0; i <= UINT8_MAX; ++i) table[static_cast<size_t>(i)] = function(static_cast<Code>(i));
  return mapped<Code, Code>(op, [table](Code code) { return table[static_cast<uint8_t>(code)]; });
}

// How shapes are stretched to a common one, as NumPy does: walked row by row of the last dimension.
class Broadcast {
 public:
  // Throws through `op` when the shapes do not fit.
  Broadcast(const Preparation& op, const std::vector<Shape>& inputs);

  const Shape& shape() const { return shape_; }
  int64_t rows() const { return rows_; }
  int64_t row_length() const { return row_length_; }
  // From an element of a row to the next; 0: one element for the whole row.
  int64_t step(size_t input) const { return steps_[input]; }
  // Where row `row` begins in an input.
  int64_t offset(size_t input, int64_t row) const;

 private:
  Shape shape_;
  Shape rows_shape_;  // of every dimension but the last
  int64_t rows_ = 1;
  int64_t row_length_ = 1;
  std::vector<int64_t> steps_;
  std::vector<std::vector<int64_t>> strides_;
};

// function(In...) -> Out on inputs 0, 1, ... of the types In.
template <typename Out, typename... In, typename Function>
Kernel broadcasted(const Preparation& op, Function function) {
  std::array<size_t, sizeof...(In)> inputs{};
  std::vector<Shape> shapes;
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i] = op.input_index(i);
    shapes.push_back(op.input(i).shape);
  }
  const Broadcast broadcast(op, shapes);
  op.set_output_shape(broadcast.shape());
  return [function, broadcast, inputs, out = op.output_index()](Arrays& arrays) {
    Out* to = arrays[out].data<Out>();
    const int64_t length = broadcast.row_length();
    const int64_t rows_a_task = kElementsATask / std::max<int64_t>(length, 1) + 1;
    const auto compute = [&]<size_t... i>(int64_t row, std::index_sequence<i...>) {
      const std::tuple<const In*...> from{arrays[inputs[i]].template data<In>() +
                                          broadcast.offset(i, row)...};
      const std::array<int64_t, sizeof...(In)> step{broadcast.step(i)...};
      for (int64_t j = 0; j < length; ++j) to[row * length + j] = function(std::get<i>(from)[j * step[i]]...);
    };
    parallel_for(broadcast.rows(), rows_a_task, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) compute(row, std::index_sequence_for<In...>());
    });
  };
}

// function(T, T) -> T on inputs 0 and 1.
template <typename T, typename Function>
Kernel paired(const Preparation& op, Function function) {
  return broadcasted<T, T, T>(op, function);
}

// What is fused into ADD, SUB, MUL or DIV; nothing of other operators.
FusedActivation activation_of(const Preparation& op);

}  // namespace nudge::tflite
