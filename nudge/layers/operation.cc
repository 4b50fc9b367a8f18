#include "nudge/layers/operation.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/operation_table.h"

namespace nudge::layers {
namespace {

const OperationTable& all_operations() {
  static const OperationTable all = [] {
    OperationTable table = elementwise_operations();
    table.merge(computing_operations());
    table.merge(movement_operations());
    return table;
  }();
  return all;
}

}  // namespace

Operation::Operation(OperationOptions options)
    : ClonableLayer(options.name, options.class_name), options_(std::move(options)) {
  if (all_operations().contains(options_.class_name)) return;
  throw UnsupportedError(where() + "this operation of keras.ops is not read; put layers in its place");
}

Json Operation::config() const {
  Json config{{"name", name()}};
  const Json own = parse_json(options_.config, name());
  for (const auto& [key, value] : own.items()) config[key] = value;
  return config;
}

Json Operation::serialized() const {
  return {{"module", "nudge.layers"},
          {"class_name", "Operation"},
          {"config",
           {{"name", name()},
            {"class_name", options_.class_name},
            {"module", options_.module},
            {"config", parse_json(options_.config, name())},
            {"arguments", call_arguments()}}}};
}

LayerPtr Operation::from_config(const Json& config) {
  const ConfigReader reader(config, "Operation");
  return std::make_shared<Operation>(
      OperationOptions{.class_name = text_member(config, "class_name", reader.where()),
                       .module = text_member(config, "module", reader.where()),
                       .config = dump_json(object_member(config, "config", reader.where())),
                       .arguments = dump_json(object_member(config, "arguments", reader.where())),
                       .name = reader.name()});
}

Json Operation::call_arguments() const { return parse_json(options_.arguments, name()); }

std::vector<Shape> Operation::output_shapes(const std::vector<Shape>& inputs) const {
  return ops::expanded_shapes(*this, inputs);
}

void Operation::expand(ops::Expansion& call) const {
  const Json config = parse_json(options_.config, name()), arguments = call_arguments();
  const OperationArguments given(call, config, arguments, where());
  call.outputs(all_operations().at(options_.class_name)(given));
}

}  // namespace nudge::layers
