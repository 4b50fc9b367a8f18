#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "nudge/base/error.h"
#include "nudge/graph/registry.h"
#include "nudge/graph/sequential.h"
#include "nudge/keras/model_config.h"

namespace nudge::keras {
namespace {

// Real models nest two or three deep.
constexpr int kMaxNesting = 32;

// ["conv", 0, 0]: an output of a call of a layer.
struct Reference {
  std::string layer;
  size_t call = 0;
  size_t output = 0;
};

bool is_index(const Json& json) { return json.is_number_integer() && json.get<int64_t>() >= 0; }

Reference parse_reference(const Json& json) {
  const bool valid =
      json.is_array() && json.size() == 3 && json[0].is_string() && is_index(json[1]) && is_index(json[2]);
  if (!valid) throw InputError("a tensor must be given as [layer, call, output], given " + json.dump());
  return {json[0].get<std::string>(), json[1].get<size_t>(), json[2].get<size_t>()};
}

// The tensors that a call's argument holds, in order.
void collect_tensors(const Json& argument, const std::string& layer, std::vector<Reference>& found) {
  if (argument.is_null()) return;
  if (argument.is_array()) {
    for (const Json& item : argument) collect_tensors(item, layer, found);
    return;
  }
  if (argument.is_object()) {
    const std::string kind = argument.value("class_name", "");
    if (kind == "__keras_tensor__") {
      found.push_back(parse_reference(argument.at("config").at("keras_history")));
      return;
    }
    if (kind == "__tuple__") {
      collect_tensors(argument.at("items"), layer, found);
      return;
    }
  }
  throw UnsupportedError("layer '" + layer + "' is called with " + argument.dump().substr(0, 60) +
                         "; only calls on tensors and lists of tensors are read");
}

std::vector<Reference> parse_call(const Json& call, const std::string& layer) {
  if (!call.is_object()) {
    throw UnsupportedError("layer '" + layer + "': its calls are in an older format than Keras 3's");
  }
  std::vector<Reference> tensors;
  collect_tensors(call.at("args"), layer, tensors);
  for (const auto& [key, value] : call.at("kwargs").items()) {
    if (key == "inputs") {
      collect_tensors(value, layer, tensors);
    } else if (key == "training") {
      // Keras writes the default here and overrides it whenever the model is run.
      continue;
    } else if (!value.is_null()) {
      throw UnsupportedError("layer '" + layer + "' is called with argument '" + key +
                             "', which is not supported");
    }
  }
  if (tensors.empty()) throw InputError("layer '" + layer + "' is called without tensors");
  return tensors;
}

// "input_layers" and "output_layers": one reference, or any structure of them.
void collect_ends(const Json& json, std::vector<Reference>& found) {
  const bool is_reference = json.is_array() && json.size() == 3 && json[0].is_string();
  if (is_reference || !json.is_structured()) {
    found.push_back(parse_reference(json));
  } else if (json.is_array()) {
    for (const Json& item : json) collect_ends(item, found);
  } else {
    // Keras orders a dictionary's tensors by key.
    std::map<std::string, const Json*> sorted;
    for (const auto& [key, value] : json.items()) sorted.emplace(key, &value);
    for (const auto& [key, value] : sorted) collect_ends(*value, found);
  }
}

// The calls of a functional model's layers, made as soon as the tensors they need are there.
class CallGraph {
 public:
  void add(LayerPtr layer, const std::string& name, const Json& calls) {
    if (entries_.contains(name)) throw InputError("two layers are named '" + name + "'");
    order_.push_back(name);
    Entry& entry = entries_[name];
    entry.layer = std::move(layer);
    if (entry.layer->class_name() == "InputLayer") {
      entry.made.push_back(entry.layer->call_all({}));
      return;
    }
    for (const Json& call : calls) entry.calls.push_back(parse_call(call, name));
  }

  void make_calls() {
    for (bool progress = true; progress;) {
      progress = false;
      for (const std::string& name : order_) {
        Entry& entry = entries_.at(name);
        while (entry.next < entry.calls.size()) {
          const auto inputs = find_inputs(entry.calls[entry.next]);
          if (inputs.empty()) break;
          entry.made.push_back(entry.layer->call_all(inputs));
          ++entry.next;
          progress = true;
        }
      }
    }
    for (const auto& [name, entry] : entries_) {
      if (entry.next < entry.calls.size()) {
        throw InputError("layer '" + name + "' is part of a loop or fed by a call that is never made");
      }
    }
  }

  std::vector<Tensor> ends(const Json& json) const {
    std::vector<Reference> references;
    collect_ends(json, references);
    std::vector<Tensor> tensors;
    for (Reference& reference : references) {
      const Layer& layer = *entry(reference.layer).layer;
      // Here, not in the calls, Keras counts a functional model's own graph as its first call.
      if (layer.class_name() == "Functional" && reference.call-- == 0) {
        throw InputError("model '" + layer.name() + "' is used without being called");
      }
      const auto tensor = find(reference);
      if (!tensor) throw InputError("layer '" + reference.layer + "' has fewer calls than an output needs");
      tensors.push_back(*tensor);
    }
    return tensors;
  }

 private:
  struct Entry {
    LayerPtr layer;
    std::vector<std::vector<Reference>> calls;
    size_t next = 0;  // of calls: the first not yet made
    std::vector<std::vector<Tensor>> made;
  };

  const Entry& entry(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) throw InputError("layer '" + name + "' is used but not defined");
    return found->second;
  }

  // Nothing when the call is still to be made.
  std::optional<Tensor> find(const Reference& reference) const {
    const auto& made = entry(reference.layer).made;
    if (reference.call >= made.size()) return std::nullopt;
    const auto& outputs = made[reference.call];
    if (reference.output >= outputs.size()) {
      throw InputError("layer '" + reference.layer + "' has no output " + std::to_string(reference.output));
    }
    return outputs[reference.output];
  }

  // Empty when one of them is still to be made.
  std::vector<Tensor> find_inputs(const std::vector<Reference>& references) const {
    std::vector<Tensor> tensors;
    for (const Reference& reference : references) {
      const auto tensor = find(reference);
      if (!tensor) return {};
      tensors.push_back(*tensor);
    }
    return tensors;
  }

  std::vector<std::string> order_;
  std::map<std::string, Entry> entries_;
};

class ModelReader {
 public:
  ModelPtr read_model(const Json& entry, int depth) {
    const auto model = std::dynamic_pointer_cast<Model>(read_entry(entry, depth));
    if (model == nullptr) throw InputError("its configuration is of a single layer, not of a model");
    return model;
  }

 private:
  LayerPtr read_entry(const Json& entry, int depth) {
    if (depth > kMaxNesting) throw InputError("models are nested too deeply");
    const std::string class_name = entry.at("class_name").get<std::string>();
    const Json& config = entry.at("config");
    const auto id = entry.find("shared_object_id");
    if (id == entry.end()) return make_layer(entry, class_name, config, depth);
    LayerPtr& shared = shared_[id->get<int64_t>()];
    if (shared == nullptr) shared = make_layer(entry, class_name, config, depth);
    return shared;
  }

  LayerPtr make_layer(const Json& entry, const std::string& class_name, const Json& config, int depth) {
    if (class_name == "Functional" || class_name == "Model") return read_functional(config, depth);
    if (class_name == "Sequential") return read_sequential(config, depth);
    // Operations such as keras.ops.add share names with layers but take constants.
    const auto module = entry.find("module");
    if (module != entry.end() && module->is_string() &&
        module->get<std::string>().find(".ops") != std::string::npos) {
      throw UnsupportedError("operation '" + class_name + "' of keras.ops is not supported; use a layer");
    }
    return layer_from_config(class_name, config);
  }

  ModelPtr read_functional(const Json& config, int depth) {
    CallGraph graph;
    const Json& layers = config.at("layers");
    for (const Json& entry : layers) {
      graph.add(read_entry(entry, depth + 1), entry.at("name").get<std::string>(), entry.at("inbound_nodes"));
    }
    graph.make_calls();
    const auto model = make_model(graph.ends(config.at("input_layers")),
                                  graph.ends(config.at("output_layers")), config.value("name", ""));
    if (model->layers().size() != layers.size()) {
      throw InputError("model '" + model->name() + "' has layers that its outputs do not depend on");
    }
    if (!config.value("trainable", true)) model->set_trainable(false);
    return model;
  }

  ModelPtr read_sequential(const Json& config, int depth) {
    const std::string name = config.value("name", "");
    std::vector<LayerPtr> layers;
    for (const Json& entry : config.at("layers")) layers.push_back(read_entry(entry, depth + 1));
    const bool starts_with_input = !layers.empty() && (layers.front()->class_name() == "InputLayer" ||
                                                       dynamic_cast<Model*>(layers.front().get()) != nullptr);
    if (!starts_with_input) {
      const auto shape = config.find("build_input_shape");
      if (shape == config.end() || !shape->is_array()) {
        throw InputError("model '" + name + "' has no input shape; build it in Keras before saving it");
      }
      layers.insert(layers.begin(), layer_from_config("InputLayer", {{"batch_shape", *shape}}));
    }
    const auto model = sequential(layers, name);
    if (!config.value("trainable", true)) model->set_trainable(false);
    return model;
  }

  std::map<int64_t, LayerPtr> shared_;
};

}  // namespace

ModelPtr model_from_json(const Json& json, const std::string& where) {
  try {
    return ModelReader().read_model(json, 0);
  } catch (const UnsupportedError& error) {
    throw UnsupportedError(where + ": " + error.what());
  } catch (const Error& error) {
    throw InputError(where + ": " + error.what());
  } catch (const nlohmann::json::exception& error) {
    throw InputError(where + ": its configuration is not valid: " + error.what());
  }
}

}  // namespace nudge::keras
