#include "nudge/layers/dot.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/standardize.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Dot::Dot(DotOptions options) : StatelessLayer(options.name, "Dot"), options_(std::move(options)) {
  if (options_.axes.empty() || options_.axes.size() > 2)
    throw ValueError(where() + "axes must be one or two numbers");
}

Json Dot::config() const {
  Json config = base_config();
  config["axes"] = options_.axes.size() == 1 ? Json(options_.axes[0]) : Json(options_.axes);
  config["normalize"] = options_.normalize;
  return config;
}

LayerPtr Dot::from_config(const Json& config) {
  const ConfigReader reader(config, "Dot");
  return reader.make<Dot>(DotOptions{.axes = reader.integers("axes"),
                                     .normalize = reader.boolean("normalize", false),
                                     .name = reader.name()});
}

ops::ValueId Dot::rows(ops::Expansion& call, size_t i, Shape& rest) const {
  Arithmetic make(call);
  ops::ValueId x = call.inputs()[i];
  const Shape shape = call.shape(x);
  const int64_t wanted = options_.axes[options_.axes.size() == 1 ? 0 : i];
  const std::vector<int64_t> axes = resolved_axes(where(), {wanted}, shape);
  const auto axis = static_cast<size_t>(axes.front());
  if (options_.normalize) x = of_unit_length(call, x, axes, 1e-12, "unit_" + std::to_string(i));
  std::vector<int64_t> order;
  int64_t count = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (d == axis) continue;
    order.push_back(static_cast<int64_t>(d));
    if (d == 0) continue;
    rest.push_back(shape[d]);
    count *= shape[d];
  }
  order.push_back(static_cast<int64_t>(axis));
  if (axis + 1 != shape.size()) x = make.transpose(x, order);
  return make.reshape(x, {shape[0], count, shape[axis]});
}

void Dot::expand(ops::Expansion& call) const {
  if (call.inputs().size() != 2) throw ShapeError(where() + "expected two inputs");
  Shape rest[2];
  const ops::ValueId a = rows(call, 0, rest[0]), b = rows(call, 1, rest[1]);
  if (call.shape(a).back() != call.shape(b).back()) throw ShapeError(where() + "the axes differ in size");
  const ops::ValueId product =
      Arithmetic(call).batch_matmul(a, Arithmetic(call).right_side(b, "right"), true, "product");
  Shape shape{call.shape(a).front()};
  for (const Shape& part : rest) shape.insert(shape.end(), part.begin(), part.end());
  if (shape.size() == 1) shape.push_back(1);
  call.output(Arithmetic(call).reshape(product, shape));
}

Tensor dot(const Tensor& x, DotOptions options) { return std::make_shared<Dot>(std::move(options))->call(x); }

}  // namespace nudge::layers
