// SCATTER_ND: updates are added to zeros at indices of the first dimensions.
#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator/code_types.h"

namespace nudge::tflite {

namespace {

struct ScatterNdGeometry {
  Shape table;  // the dimensions that an index names
  int64_t parts = 1;
  int64_t part = 1;  // elements
};

// Overflow of whole numbers wraps.
template <typename T>
T sum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Unsigned>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b)));
  }
}

template <typename T>
Kernel scatter(const Preparation& op, const ScatterNdGeometry& g) {
  return [g, chosen = op.input_index(0), updates = op.input_index(1), out = op.output_index(),
          where = op.where()](Arrays& arrays) {
    const int32_t* index = arrays[chosen].data<int32_t>();
    const T* from = arrays[updates].data<T>();
    T* y = arrays[out].data<T>();
    std::fill_n(y, arrays[out].size(), T{0});
    for (int64_t part = 0; part < g.parts; ++part, from += g.part) {
      int64_t at = 0;
      for (const int64_t size : g.table) {
        if (*index < 0 || *index >= size)
          throw InputError(fmt::format("{}: index {} into {} rows", where, *index, size));
        at = at * size + *index++;
      }
      T* to = y + at * g.part;
      for (int64_t i = 0; i < g.part; ++i) to[i] = sum(to[i], from[i]);
    }
  };
}

}  // namespace

Kernel prepare_scatter_nd(const Preparation& op) {
  const TfLiteTensor& indices = op.input(0);
  const TfLiteTensor& updates = op.input(1);
  const std::vector<int32_t> wanted = op.constant_ints(2);
  const Shape shape(wanted.begin(), wanted.end());
  op.expect_type(indices, TensorType::kInt32);
  op.expect_type(op.output(), updates.type);
  const int64_t named = indices.shape.empty() ? 0 : indices.shape.back();
  if (named < 1 || named > static_cast<int64_t>(shape.size())) {
    op.fail(fmt::format("indices {} do not fit the shape {}", to_string(indices.shape), to_string(shape)));
  }
  ScatterNdGeometry g;
  Shape expected = indices.shape;
  expected.pop_back();
  for (const int64_t size : expected) g.parts *= size;
  op.set_output_shape(shape);
  if (element_count(shape) == 0) op.unsupported("an empty result is not computed here");
  for (size_t d = 0; d < shape.size(); ++d) {
    if (static_cast<int64_t>(d) < named) {
      g.table.push_back(shape[d]);
    } else {
      g.part *= shape[d];
      expected.push_back(shape[d]);
    }
  }
  if (updates.shape != expected)
    op.fail(fmt::format("updates {} where {} is needed", to_string(updates.shape), to_string(expected)));
  if (op.is(updates, TensorType::kInt16)) op.unsupported("in int16 the runtime does not compute it either");
  return for_numbers(op, updates, [&](auto number) { return scatter<decltype(number)>(op, g); });
}

}  // namespace nudge::tflite
