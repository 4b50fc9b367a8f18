// BATCH_MATMUL: products of stacked matrices, each side as it is or transposed.
#include <fmt/format.h>

#include <algorithm>

#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/evaluator/tiled_product.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

// The last two dimensions of one side.
struct Matrix {
  int64_t rows;
  int64_t columns;
  bool transposed;  // as it lies in memory: (columns, rows)

  int64_t size() const { return rows * columns; }
  template <typename T>
  T at(const T* values, int64_t row, int64_t column) const {
    return transposed ? values[column * rows + row] : values[row * columns + column];
  }
};

struct BatchMatmulGeometry {
  Broadcast batches;  // in matrices
  Matrix left;
  Matrix right;
};

Matrix matrix_of(const Preparation& op, size_t i, bool transposed) {
  const Shape& shape = op.input(i).shape;
  if (shape.size() < 2) op.fail(fmt::format("input {} of shape {} is no matrix", i, to_string(shape)));
  const int64_t rows = shape[shape.size() - 2], columns = shape.back();
  if (rows < 1 || columns < 1) op.fail(fmt::format("input {} of shape {} is empty", i, to_string(shape)));
  return transposed ? Matrix{columns, rows, true} : Matrix{rows, columns, false};
}

BatchMatmulGeometry make_geometry(const Preparation& op) {
  const auto options = op.options_or_default<TfLiteBatchMatMulOptions>();
  const Matrix left = matrix_of(op, 0, options.adj_x), right = matrix_of(op, 1, options.adj_y);
  if (left.columns != right.rows) {
    op.fail(fmt::format("shapes {} and {} do not multiply", to_string(op.input(0).shape),
                        to_string(op.input(1).shape)));
  }
  // One element stands for a matrix.
  std::vector<Shape> stacks;
  for (size_t i = 0; i < 2; ++i) {
    stacks.push_back(op.input(i).shape);
    stacks.back().pop_back();
    stacks.back().back() = 1;
  }
  BatchMatmulGeometry g{Broadcast(op, stacks), left, right};
  Shape shape = g.batches.shape();
  shape.back() = left.rows;
  shape.push_back(right.columns);
  op.set_output_shape(shape);
  return g;
}

// Calls store(batch, row, first column, columns, sums of products) for parts of every row.
template <typename Weights, typename Activation, typename Sum, typename T, typename Store>
void multiply_all(const BatchMatmulGeometry& g, const T* left, const T* right, Activation zero_left,
                  const Store& store) {
  std::vector<T> columns(static_cast<size_t>(g.right.size()));
  for (int64_t batch = 0; batch < g.batches.rows(); ++batch) {
    const T* a = left + g.batches.offset(0, batch) * g.left.size();
    const T* b = right + g.batches.offset(1, batch) * g.right.size();
    for (int64_t column = 0; column < g.right.columns; ++column) {
      for (int64_t k = 0; k < g.right.rows; ++k)
        columns[static_cast<size_t>(column * g.right.rows + k)] = g.right.at(b, k, column);
    }
    const Weights weights(columns.data(), g.right.columns, g.right.rows);
    tiled_product<Activation, Sum>(
        g.left.rows, weights,
        [&](int64_t row, Activation* to) {
          for (int64_t k = 0; k < g.left.columns; ++k)
            to[k] = static_cast<Activation>(static_cast<Activation>(g.left.at(a, row, k)) - zero_left);
        },
        [&](int64_t row, int64_t first, int64_t count, const Sum* sums) {
          store(batch, row, first, count, sums);
        });
  }
}

Kernel prepare_int8(const Preparation& op, const BatchMatmulGeometry& g) {
  const auto product = static_cast<double>(op.scale(op.input(0)) * op.scale(op.input(1)));
  const Multiplier factor = quantize_multiplier(product / static_cast<double>(op.scale(op.output())));
  return [=, zero_left = static_cast<int16_t>(op.zero_point(op.input(0))),
          zero_right = op.zero_point(op.input(1)), zero_out = op.zero_point(op.output()),
          a = op.input_index(0), b = op.input_index(1), out = op.output_index()](Arrays& arrays) {
    const int8_t* left = arrays[a].data<int8_t>();
    int8_t* codes = arrays[out].data<int8_t>();
    multiply_all<PackedWeights, int16_t, int32_t>(
        g, left, arrays[b].data<int8_t>(), zero_left,
        [&](int64_t batch, int64_t row, int64_t first, int64_t count, const int32_t* sums) {
          // The right side's zero point counts as often as the left row's sum.
          int32_t row_sum = 0;
          const int8_t* matrix = left + g.batches.offset(0, batch) * g.left.size();
          for (int64_t k = 0; k < g.left.columns; ++k) row_sum += g.left.at(matrix, row, k) - zero_left;
          const auto correction = static_cast<int32_t>(-int64_t{zero_right} * row_sum);
          int8_t* to = codes + (batch * g.left.rows + row) * g.right.columns + first;
          for (int64_t i = 0; i < count; ++i) {
            const int64_t code = int64_t{multiply(wrapping_sum(sums[i], correction), factor)} + zero_out;
            to[i] = static_cast<int8_t>(std::clamp<int64_t>(code, INT8_MIN, INT8_MAX));
          }
        });
  };
}

Kernel prepare_wide(const Preparation& op, const BatchMatmulGeometry& g) {
  for (const TfLiteTensor* tensor : {&op.input(0), &op.input(1), &op.output()}) {
    if (op.zero_point(*tensor) != 0) op.unsupported("its 16-bit codes have a zero point other than 0");
  }
  const auto product = static_cast<double>(op.scale(op.input(0)) * op.scale(op.input(1)));
  const Multiplier factor = quantize_multiplier(product / static_cast<double>(op.scale(op.output())));
  return [=, a = op.input_index(0), b = op.input_index(1), out = op.output_index()](Arrays& arrays) {
    int16_t* codes = arrays[out].data<int16_t>();
    multiply_all<BlockWeights<int16_t>, int16_t, int64_t>(
        g, arrays[a].data<int16_t>(), arrays[b].data<int16_t>(), int16_t{0},
        [&](int64_t batch, int64_t row, int64_t first, int64_t count, const int64_t* sums) {
          int16_t* to = codes + (batch * g.left.rows + row) * g.right.columns + first;
          for (int64_t i = 0; i < count; ++i) to[i] = saturate_int16(multiply_wide(sums[i], factor));
        });
  };
}

}  // namespace

Kernel prepare_batch_matmul(const Preparation& op) {
  op.expect_type(op.input(1), op.input(0).type);
  const bool integer = op.is_integer_operator();
  const bool wide = op.is(op.output(), TensorType::kInt16);
  if (integer && !wide) op.expect_type(op.output(), TensorType::kInt8);
  const BatchMatmulGeometry g = make_geometry(op);
  if (integer) return wide ? prepare_wide(op, g) : prepare_int8(op, g);
  return [=, a = op.input_index(0), b = op.input_index(1), out = op.output_index()](Arrays& arrays) {
    float* values = arrays[out].data<float>();
    multiply_all<FloatWeights, float, float>(
        g, arrays[a].data<float>(), arrays[b].data<float>(), 0.0F,
        [&](int64_t batch, int64_t row, int64_t first, int64_t count, const float* sums) {
          std::copy_n(sums, count, values + (batch * g.left.rows + row) * g.right.columns + first);
        });
  };
}

}  // namespace nudge::tflite
