#include "nudge/layers/rms_normalization.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

RMSNormalization::RMSNormalization(RMSNormalizationOptions options)
    : ClonableLayer(options.name, "RMSNormalization"), options_(std::move(options)) {}

Json RMSNormalization::config() const {
  Json config = base_config();
  config["axis"] = options_.axis;
  config["epsilon"] = options_.epsilon;
  return config;
}

LayerPtr RMSNormalization::from_config(const Json& config) {
  const ConfigReader reader(config, "RMSNormalization");
  return reader.make<RMSNormalization>(RMSNormalizationOptions{
      .axis = reader.axis("axis", -1), .epsilon = reader.number("epsilon", 1e-6), .name = reader.name()});
}

std::vector<Shape> RMSNormalization::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  if (ops::resolve_axis(where(), options_.axis, input) + 1 != input.size()) {
    throw UnsupportedError(where() + "only the last axis is supported");
  }
  return {input};
}

void RMSNormalization::expand(ops::Expansion& call) const {
  Arithmetic make(call);
  const int64_t last = static_cast<int64_t>(call.shape(call.input()).size()) - 1;
  const ops::ValueId power =
      make.reduce(ops::Reduction::kAverage, make.apply(ops::Function::kSquare, call.input()), {last}, true);
  const ops::ValueId inverse = make.apply(ops::Function::kRsqrt, make.affine(power, 1.0, options_.epsilon));
  call.output(make.multiply(make.multiply(call.input(), inverse), call.weight("scale")));
}

void RMSNormalization::build_weights(const std::vector<Shape>& inputs) {
  add_weight("scale", {inputs.front().back()}, Initializer::ones());
}

Tensor rms_normalization(const Tensor& x, RMSNormalizationOptions options) {
  return std::make_shared<RMSNormalization>(std::move(options))->call(x);
}

}  // namespace nudge::layers
