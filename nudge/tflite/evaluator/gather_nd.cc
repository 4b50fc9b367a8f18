// GATHER_ND: parts of a tensor by indices of its first dimensions.
#include <fmt/format.h>

#include <cstring>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite {

namespace {

struct GatherNdGeometry {
  Shape table;  // the dimensions that an index names
  int64_t parts = 1;
  size_t part_bytes = 1;
};

template <typename Index>
Kernel gather(const Preparation& op, const GatherNdGeometry& g) {
  return [g, in = op.input_index(0), chosen = op.input_index(1), out = op.output_index(),
          where = op.where()](Arrays& arrays) {
    const Index* index = arrays[chosen].data<Index>();
    std::byte* to = arrays[out].bytes();
    for (int64_t part = 0; part < g.parts; ++part, to += g.part_bytes) {
      int64_t at = 0;
      for (const int64_t size : g.table) {
        if (*index < 0 || *index >= size)
          throw InputError(fmt::format("{}: index {} into {} rows", where, *index, size));
        at = at * size + *index++;
      }
      std::memcpy(to, arrays[in].bytes() + static_cast<size_t>(at) * g.part_bytes, g.part_bytes);
    }
  };
}

}  // namespace

Kernel prepare_gather_nd(const Preparation& op) {
  const TfLiteTensor& table = op.input(0);
  const TfLiteTensor& indices = op.input(1);
  op.expect_type(op.output(), table.type);
  if (indices.shape.empty() || indices.shape.back() < 0 ||
      indices.shape.back() > static_cast<int64_t>(table.shape.size())) {
    op.fail(
        fmt::format("indices {} do not fit the shape {}", to_string(indices.shape), to_string(table.shape)));
  }
  const int64_t named = indices.shape.back();
  GatherNdGeometry g;
  g.part_bytes = op.element_size(table);
  Shape shape = indices.shape;
  shape.pop_back();
  for (const int64_t size : shape) g.parts *= size;
  for (size_t d = 0; d < table.shape.size(); ++d) {
    if (static_cast<int64_t>(d) < named) {
      g.table.push_back(table.shape[d]);
    } else {
      g.part_bytes *= static_cast<size_t>(table.shape[d]);
      shape.push_back(table.shape[d]);
    }
  }
  op.set_output_shape(shape);
  if (element_count(shape) == 0) return [](Arrays&) {};
  if (op.is(indices, TensorType::kInt64)) return gather<int64_t>(op, g);
  op.expect_type(indices, TensorType::kInt32);
  return gather<int32_t>(op, g);
}

}  // namespace nudge::tflite
