#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/registry.h"
#include "nudge/graph/sequential.h"
#include "nudge/keras/call_graph.h"
#include "nudge/keras/channels_last.h"
#include "nudge/keras/keras2_config.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/model_limits.h"
#include "nudge/keras/tfmot_config.h"
#include "nudge/layers/masks.h"
#include "nudge/layers/operation.h"

namespace nudge::keras {
namespace {

// Real models nest two or three deep.
constexpr int kMaxNesting = 32;

bool is_model(const std::string& class_name) {
  return class_name == "Functional" || class_name == "Sequential";
}

// A serialized layer or model.
struct LayerEntry {
  std::string class_name;
  std::string name;
  const Json* config;
  const Json* json;
};

LayerEntry parse_entry(const Json& json) {
  LayerEntry entry;
  entry.class_name = text_member(json, "class_name", "");
  entry.config = &object_member(json, "config", entry.class_name + ": ");
  // A functional model calls its layers by the name beside the configuration.
  entry.name = text_member(*entry.config, "name", entry.class_name + ": ", "");
  entry.json = &json;
  return entry;
}

std::string where(const LayerEntry& entry) {
  return "layer '" + entry.name + "' (" + entry.class_name + "): ";
}

class ModelReader {
 public:
  ModelReader(const LoadOptions& options, UnreadLayers unread) : options_(options), unread_(unread) {}

  ModelPtr read_model(const Json& json) {
    const LayerEntry entry = parse_entry(json);
    if (!is_model(entry.class_name)) {
      throw InputError(where(entry) + "is no functional or Sequential model; build it as one in Keras");
    }
    layout_ = ChannelsLast(has_channels_first(json));
    auto model = std::dynamic_pointer_cast<Model>(read_entry(entry, {}, 0));
    if (unread_ == UnreadLayers::kRefuse) layers::check_masks(*model);
    return model;
  }

 private:
  // `inputs`: the shapes that the layer is first called with, for a model without a size of its own.
  LayerPtr read_entry(const LayerEntry& entry, const std::vector<Shape>& inputs, int depth) {
    if (depth > kMaxNesting) throw InputError("models are nested too deeply");
    const auto id = entry.json->find("shared_object_id");
    if (id == entry.json->end() || !id->is_number_integer()) return make_layer(entry, inputs, depth);
    LayerPtr& shared = shared_[id->get<int64_t>()];
    if (shared == nullptr) shared = make_layer(entry, inputs, depth);
    return shared;
  }

  LayerPtr make_layer(const LayerEntry& entry, const std::vector<Shape>& inputs, int depth) {
    if (entry.class_name == "Functional") return read_functional(entry, inputs, depth);
    if (entry.class_name == "Sequential") return read_sequential(entry, inputs, depth);
    check_supported(entry);
    try {
      if (is_operation(entry)) return make_operation(entry);
      if (!is_tfmot_config(entry.class_name, *entry.config)) {
        Json config = *entry.config;
        const bool converted = layout_.convert(entry.class_name, config);
        const LayerPtr layer = layer_from_config(entry.class_name, config);
        if (converted) layout_.add(*layer);
        return layer;
      }
      return layer_from_config(entry.class_name,
                               from_tfmot_config(entry.class_name, *entry.config, where(entry)));
    } catch (const UnsupportedError& error) {
      throw UnsupportedError(named(entry, error.what()));
    } catch (const Error& error) {
      throw InputError(named(entry, error.what()));
    }
  }

  // What is said of a part of a layer, with the layer.
  static std::string named(const LayerEntry& entry, const std::string& message) {
    const bool says = message.find("'" + entry.name + "'") != std::string::npos;
    return says ? message : where(entry) + message;
  }

  // Operations such as keras.ops.add share names with layers but take constants.
  static bool is_operation(const LayerEntry& entry) {
    return text_member(*entry.json, "module", where(entry), "").find(".ops") != std::string::npos;
  }

  static LayerPtr make_operation(const LayerEntry& entry) {
    const Json& calls = array_member(*entry.json, "inbound_nodes", where(entry));
    if (calls.size() != 1) throw UnsupportedError(where(entry) + "is called more than once");
    Json config = *entry.config;
    config.erase("name");
    return std::make_shared<layers::Operation>(
        layers::OperationOptions{.class_name = entry.class_name,
                                 .module = text_member(*entry.json, "module", where(entry)),
                                 .config = dump_json(config),
                                 .arguments = dump_json(numbered_arguments(calls.front())),
                                 .name = entry.name});
  }

  static void check_supported(const LayerEntry& entry) {
    if (is_operation(entry)) return;
    if (entry.class_name == "Lambda") {
      throw UnsupportedError(where(entry) + "holds Python code, which is never run; put layers in its place");
    }
    const auto known = registered_layers();
    if (std::find(known.begin(), known.end(), entry.class_name) != known.end()) return;
    throw UnsupportedError(where(entry) + "layers of this class are not read; put others in its place");
  }

  // The layer's configuration with every size but the batch's given.
  LayerPtr make_input(const LayerEntry& entry, const std::optional<Shape>& given) {
    Json config = *entry.config;
    config["batch_shape"] =
        complete_shape(array_member(config, "batch_shape", where(entry)), given, where(entry));
    return layer_from_config("InputLayer", config);
  }

  Json complete_shape(Json shape, const std::optional<Shape>& given, const std::string& who) const {
    const bool is_image = shape.size() == 4;
    for (size_t i = 1; i < shape.size(); ++i) {
      if (!shape[i].is_null()) continue;
      if (given && given->size() == shape.size()) {
        shape[i] = (*given)[i];
      } else if (!is_image || i == 3) {
        throw InputError(who + "its input has no definite size: " + dump_json(shape));
      } else if (options_.image_size > 0) {
        shape[i] = options_.image_size;
      } else {
        throw InputError(who + "takes images of any size; give the size with --image-size");
      }
    }
    return shape;
  }

  ModelPtr read_functional(const LayerEntry& entry, const std::vector<Shape>& inputs, int depth) {
    const std::string who = where(entry);
    const auto starts = parse_ends(member(*entry.config, "input_layers", who), who);
    std::map<std::string, Shape> input_shapes;
    for (size_t i = 0; i < starts.size() && i < inputs.size(); ++i) input_shapes[starts[i].layer] = inputs[i];

    CallGraph graph(unread_, limits_, layout_);
    const Json& layers = array_member(*entry.config, "layers", who);
    limits_.count_written(layers.size());
    for (const Json& json : layers) {
      LayerEntry layer = parse_entry(json);
      layer.name = text_member(json, "name", where(layer));
      if (layer.class_name == "InputLayer") {
        const auto shape = input_shapes.find(layer.name);
        graph.add_input(
            layer.name,
            make_input(layer, shape == input_shapes.end() ? std::nullopt : std::optional(shape->second)));
        continue;
      }
      limits_.count_written(array_member(json, "inbound_nodes", where(layer)).size());
      graph.add(
          layer.name, layer.class_name,
          [this, layer, depth](const std::vector<Shape>& shapes) {
            return read_entry(layer, shapes, depth + 1);
          },
          array_member(json, "inbound_nodes", where(layer)),
          is_operation(layer) ? CallGraph::Arguments::kAny : CallGraph::Arguments::kTensors);
    }
    graph.make_calls();
    const auto ends = graph.ends(parse_ends(member(*entry.config, "output_layers", who), who));
    const auto model = make_model(graph.ends(starts), ends, entry.name);
    if (model->layers().size() != layers.size() + graph.added_layers()) {
      throw InputError("model '" + model->name() + "' has layers that its outputs do not depend on");
    }
    limits_.check(*model);
    if (!flag_member(*entry.config, "trainable", who, true)) model->set_trainable(false);
    return model;
  }

  ModelPtr read_sequential(const LayerEntry& entry, const std::vector<Shape>& inputs, int depth) {
    const std::string who = where(entry);
    std::optional<Shape> shape;
    if (inputs.size() == 1) shape = inputs.front();
    std::vector<LayerPtr> layers;
    bool transposed = false;
    const Json& entries = array_member(*entry.config, "layers", who);
    limits_.count_written(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      const LayerEntry layer = parse_entry(entries[i]);
      if (layers.empty() && layer.class_name == "InputLayer") {
        layers.push_back(make_input(layer, shape));
        shape = output_shape(*layers.back(), shape);
        continue;
      }
      if (layers.empty() && !is_model(layer.class_name)) {
        layers.push_back(built_input(entry, shape));
        shape = output_shape(*layers.back(), shape);
      }
      stack(layers, layer, shape, transposed, depth);
      if (auto* unread = dynamic_cast<UnreadLayer*>(layers.back().get())) {
        unread->set_output_shapes({i + 1 < entries.size() ? built_for(entries[i + 1]) : Shape{}});
      }
      const size_t rank = shape ? shape->size() : 0;
      shape = output_shape(*layers.back(), shape);
      transposed = transposed && shape && shape->size() == rank;
    }
    if (transposed) layers.push_back(transposition(shape->size(), false));
    const auto model = sequential(layers, entry.name);
    limits_.check(*model);
    if (!flag_member(*entry.config, "trainable", who, true)) model->set_trainable(false);
    return model;
  }

  // Puts the next layer on a stack, given what the one before makes: nothing for a model that starts it, and
  // no dimensions where that is not known.  `shape` becomes what the layer is given, `transposed` whether
  // that has the channels last where the file has them first.
  void stack(std::vector<LayerPtr>& layers, const LayerEntry& entry, std::optional<Shape>& shape,
             bool& transposed, int depth) {
    std::string not_read;
    try {
      if (!shape || !shape->empty()) {
        std::vector<Shape> written;
        if (shape) written = {transposed ? with_channels_first(*shape) : *shape};
        LayerPtr layer = read_entry(entry, written, depth + 1);
        limits_.count_call(*layer);
        const bool transpose =
            shape && layout_.takes_transposed(*layer, {*shape}, std::vector<bool>{transposed});
        if (transpose != transposed) {
          layers.push_back(transposition(shape->size(), transpose));
          shape = output_shape(*layers.back(), shape);
          transposed = transpose;
        }
        output_shape(*layer, shape);
        layers.push_back(layer);
        return;
      }
    } catch (const UnsupportedError& error) {
      if (unread_ == UnreadLayers::kRefuse) throw;
      not_read = error.what();
    }
    layers.push_back(std::make_shared<UnreadLayer>(
        UnreadLayerOptions{.class_name = entry.class_name, .name = entry.name, .reason = not_read}));
  }

  // What an entry says it was built for; without dimensions where it does not.
  static Shape built_for(const Json& entry) {
    const Json* found = &entry;
    for (const char* key : {"build_config", "input_shape"}) {
      if (!found->is_object() || !found->contains(key)) return {};
      found = &(*found)[key];
    }
    return shape_or_nothing(*found);
  }

  // For a stack without an InputLayer.
  LayerPtr built_input(const LayerEntry& entry, const std::optional<Shape>& given) {
    const auto built = entry.config->find("build_input_shape");
    if (built == entry.config->end() || !built->is_array()) {
      throw InputError("model '" + entry.name + "' has no input shape; build it in Keras before saving it");
    }
    return layer_from_config("InputLayer", {{"batch_shape", complete_shape(*built, given, where(entry))}});
  }

  static std::optional<Shape> output_shape(const Layer& layer, const std::optional<Shape>& input) {
    if (layer.class_name() == "InputLayer") return layer.output_shapes({}).front();
    std::vector<Shape> inputs;
    if (input) inputs = {*input};
    const auto* model = dynamic_cast<const Model*>(&layer);
    if (model != nullptr && !input) inputs = {model->inputs().front().shape()};
    const auto outputs = layer.output_shapes(inputs);
    return outputs.size() == 1 ? std::optional(outputs.front()) : std::nullopt;
  }

  LoadOptions options_;
  UnreadLayers unread_;
  ModelLimits limits_;
  ChannelsLast layout_;
  std::map<int64_t, LayerPtr> shared_;
};

}  // namespace

ModelPtr model_from_json(const Json& json, const std::string& where, const LoadOptions& options,
                         UnreadLayers unread) {
  try {
    return ModelReader(options, unread).read_model(to_keras3_form(json));
  } catch (const UnsupportedError& error) {
    throw UnsupportedError(where + ": " + error.what() + " ('nudge summary' marks all that is not read)");
  } catch (const Error& error) {
    throw InputError(where + ": " + error.what());
  } catch (const nlohmann::json::exception&) {
    throw InputError(where + ": its configuration is not valid");
  }
}

}  // namespace nudge::keras
