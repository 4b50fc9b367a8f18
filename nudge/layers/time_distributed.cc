#include "nudge/layers/time_distributed.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/registry.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/sequence_step.h"

namespace nudge::layers {
TimeDistributed::TimeDistributed(TimeDistributedOptions options)
    : ClonableLayer(options.name, "TimeDistributed"), layer_(std::move(options.layer)) {
  if (layer_ == nullptr) throw ValueError(where() + "needs a layer");
}

TimeDistributed::TimeDistributed(const TimeDistributed& other)
    : ClonableLayer(other), layer_(other.layer_->clone()) {}

Json TimeDistributed::config() const {
  Json config = base_config();
  config["layer"] = layer_->serialized();
  config["layer"]["registered_name"] = nullptr;
  return config;
}

LayerPtr TimeDistributed::from_config(const Json& config) {
  const ConfigReader reader(config, "TimeDistributed");
  const Json& layer = object_member(config, "layer", reader.where());
  return reader.make<TimeDistributed>(
      TimeDistributedOptions{.layer = layer_from_config(text_member(layer, "class_name", reader.where()),
                                                        object_member(layer, "config", reader.where())),
                             .name = reader.name()});
}

std::vector<Shape> TimeDistributed::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs);
  if (input.size() < 3 || input[1] < 1) {
    throw ShapeError(where() + "expected (batch, steps, ...) with definite steps, given shape " +
                     to_string(input));
  }
  Shape output = layer_->output_shapes({step_of(input)}).at(0);
  output.insert(output.begin() + 1, input[1]);
  return {output};
}

void TimeDistributed::expand(ops::Expansion& call) const {
  Arithmetic make(call);
  const Shape input = call.shape(call.input());
  // A dense layer takes all steps at once.
  if (layer_->class_name() == "Dense") return call.outputs(call.expand(*layer_, {call.input()}));
  std::vector<ops::ValueId> steps;
  for (int64_t i = 0; i < input[1]; ++i) {
    const ops::ValueId step = make.reshape(make.slice(call.input(), 1, i, 1), step_of(input));
    const ops::ValueId made = call.expand(*layer_, {step}, "step_" + std::to_string(i)).at(0);
    Shape row = call.shape(made);
    row.insert(row.begin() + 1, 1);
    steps.push_back(make.reshape(made, row));
  }
  call.output(make.concatenate(steps, 1));
}

void TimeDistributed::set_trainable(bool trainable) {
  Layer::set_trainable(trainable);
  layer_->set_trainable(trainable);
}

void TimeDistributed::build_weights(const std::vector<Shape>& inputs) {
  layer_->build({step_of(inputs.front())});
}

}  // namespace nudge::layers
