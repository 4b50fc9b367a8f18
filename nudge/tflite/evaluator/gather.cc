// GATHER: rows of a table by indices that are constant or computed.
#include <fmt/format.h>

#include <cstring>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite {

namespace {

int64_t product(const Shape& shape, size_t begin, size_t end) {
  int64_t result = 1;
  for (size_t d = begin; d < end; ++d) result *= shape[d];
  return result;
}

struct GatherGeometry {
  int64_t batches = 1;  // leading dimensions that table and indices share
  int64_t outer = 1;    // of the table, before the axis
  int64_t rows = 1;     // what an index chooses from
  size_t row_bytes = 1;
  int64_t indices = 1;  // of one batch
};

void gather(const GatherGeometry& g, const std::byte* table, const int32_t* indices, std::byte* to,
            const std::string& where) {
  for (int64_t batch = 0; batch < g.batches; ++batch) {
    const int32_t* chosen = indices + batch * g.indices;
    for (int64_t o = 0; o < g.outer; ++o, table += static_cast<size_t>(g.rows) * g.row_bytes) {
      for (int64_t i = 0; i < g.indices; ++i, to += g.row_bytes) {
        if (chosen[i] < 0 || chosen[i] >= g.rows) {
          throw InputError(fmt::format("{}: index {} into {} rows", where, chosen[i], g.rows));
        }
        std::memcpy(to, table + static_cast<size_t>(chosen[i]) * g.row_bytes, g.row_bytes);
      }
    }
  }
}

}  // namespace

Kernel prepare_gather(const Preparation& op) {
  const auto options = op.options_or_default<TfLiteGatherOptions>();
  const TfLiteTensor& table = op.input(0);
  const TfLiteTensor& indices = op.input(1);
  op.expect_type(indices, TensorType::kInt32);
  op.expect_type(op.output(), table.type);
  const size_t axis = op.axis(options.axis, table.shape.size());
  const int64_t batch_dims = options.batch_dims;
  if (batch_dims < 0 || batch_dims > static_cast<int64_t>(axis) ||
      batch_dims > static_cast<int64_t>(indices.shape.size())) {
    op.fail(fmt::format("{} batch dimensions for axis {} and indices {}", batch_dims, axis,
                        to_string(indices.shape)));
  }
  const auto shared = static_cast<size_t>(batch_dims);
  for (size_t d = 0; d < shared; ++d) {
    if (table.shape[d] != indices.shape[d]) op.fail("its indices have other batches than its table");
  }
  Shape shape(table.shape.begin(), table.shape.begin() + static_cast<int64_t>(axis));
  shape.insert(shape.end(), indices.shape.begin() + batch_dims, indices.shape.end());
  shape.insert(shape.end(), table.shape.begin() + static_cast<int64_t>(axis) + 1, table.shape.end());
  op.set_output_shape(shape);
  if (element_count(shape) == 0) return [](Arrays&) {};
  const size_t rank = table.shape.size();
  const GatherGeometry g{product(table.shape, 0, shared), product(table.shape, shared, axis),
                         table.shape[axis],
                         static_cast<size_t>(product(table.shape, axis + 1, rank)) * op.element_size(table),
                         product(indices.shape, shared, indices.shape.size())};
  return [g, in = op.input_index(0), chosen = op.input_index(1), out = op.output_index(),
          where = op.where()](Arrays& arrays) {
    gather(g, arrays[in].bytes(), arrays[chosen].data<int32_t>(), arrays[out].bytes(), where);
  };
}

}  // namespace nudge::tflite
