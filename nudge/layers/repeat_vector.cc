#include "nudge/layers/repeat_vector.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

RepeatVector::RepeatVector(RepeatVectorOptions options)
    : StatelessLayer(options.name, "RepeatVector"), options_(std::move(options)) {
  ops::check_positive(where(), "n", options_.n);
}

Json RepeatVector::config() const {
  Json config = base_config();
  config["n"] = options_.n;
  return config;
}

LayerPtr RepeatVector::from_config(const Json& config) {
  const ConfigReader reader(config, "RepeatVector");
  return reader.make<RepeatVector>(RepeatVectorOptions{.n = reader.integer("n"), .name = reader.name()});
}

void RepeatVector::expand(ops::Expansion& call) const {
  const Shape shape = call.shape(call.input());
  if (shape.size() != 2)
    throw ShapeError(where() + "expected (batch, features), given shape " + to_string(shape));
  Arithmetic make(call);
  const ops::ValueId row = make.reshape(call.input(), {shape[0], 1, shape[1]});
  const std::vector<ops::ValueId> rows(static_cast<size_t>(options_.n), row);
  call.output(rows.size() == 1 ? row : make.concatenate(rows, 1));
}

Tensor repeat_vector(const Tensor& x, RepeatVectorOptions options) {
  return std::make_shared<RepeatVector>(std::move(options))->call(x);
}

}  // namespace nudge::layers
