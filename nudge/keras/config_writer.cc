#include <map>
#include <nlohmann/json.hpp>

#include "nudge/graph/layer_calls.h"
#include "nudge/keras/model_config.h"

namespace nudge::keras {
namespace {

Json shape_json(const Shape& shape) {
  Json json = Json::array();
  for (const int64_t dimension : shape) {
    json.push_back(dimension == kUnknown ? Json(nullptr) : Json(dimension));
  }
  return json;
}

bool is_functional(const Layer& layer) { return layer.class_name() == "Functional"; }

const Model* as_model(const Layer& layer) { return dynamic_cast<const Model*>(&layer); }

// Attention takes its query, its value and its key one by one.
bool takes_inputs_apart(const Layer& layer) {
  return layer.class_name() == "MultiHeadAttention" || layer.class_name() == "GroupQueryAttention";
}

class ModelWriter {
 public:
  explicit ModelWriter(const Model& model) { count_uses(model); }

  Json entry(const Layer& layer) {
    const Model* nested = as_model(layer);
    const std::string module = layer.module();
    Json json{{"module", module}, {"class_name", layer.class_name()}};
    if (nested == nullptr) {
      json["config"] = layer.config();
    } else {
      json["config"] = is_functional(layer) ? functional_config(*nested) : sequential_config(*nested);
    }
    // Keras finds its own classes by module, and others by the package and name they were registered under.
    json["registered_name"] = nullptr;
    if (is_functional(layer)) json["registered_name"] = "Functional";
    if (module.find(".ops") != module.npos) json["registered_name"] = layer.class_name();
    if (!module.starts_with("keras")) json["registered_name"] = module + ">" + layer.class_name();
    if (uses_[&layer] > 1) json["shared_object_id"] = share_id(layer);
    return json;
  }

 private:
  void count_uses(const Model& model) {
    for (const LayerPtr& layer : model.layers()) {
      if (++uses_[layer.get()] > 1) continue;
      if (const Model* nested = as_model(*layer)) count_uses(*nested);
    }
  }

  int share_id(const Layer& layer) {
    return share_ids_.try_emplace(&layer, static_cast<int>(share_ids_.size()) + 1).first->second;
  }

  static Json tensor_json(const LayerCalls& calls, const Tensor& tensor) {
    return {{"class_name", "__keras_tensor__"},
            {"config",
             {{"shape", shape_json(tensor.shape())},
              {"dtype", "float32"},
              {"keras_history", {tensor.layer().name(), calls.index(*tensor.node), tensor.index}}}}};
  }

  // Keras writes one input as itself and several as a list, which is the call's first argument.
  static Json call_json(const LayerCalls& calls, const Node& node) {
    Json tensors = Json::array();
    for (const Tensor& input : node.inputs) tensors.push_back(tensor_json(calls, input));
    if (Json call = node.layer->call_arguments(); !call.empty()) {
      fill_in(call, tensors);
      return call;
    }
    if (tensors.size() > 1 && !takes_inputs_apart(*node.layer)) tensors = Json::array({std::move(tensors)});
    return {{"args", std::move(tensors)}, {"kwargs", Json::object()}};
  }

  // The tensors in the places that a call has for them.
  static void fill_in(Json& json, const Json& tensors) {
    if (json.is_object() && json.contains("tensor") && json.value("class_name", "") == "__keras_tensor__") {
      json = tensors.at(json["tensor"].get<size_t>());
    } else if (json.is_structured()) {
      for (Json& inner : json) fill_in(inner, tensors);
    }
  }

  static Json ends_json(const LayerCalls& calls, const std::vector<Tensor>& tensors) {
    Json ends = Json::array();
    for (const Tensor& tensor : tensors) {
      // Here, not in the calls, Keras counts a functional model's own graph as its first call.
      const int first = is_functional(tensor.layer()) ? 1 : 0;
      ends.push_back({tensor.layer().name(), first + calls.index(*tensor.node), tensor.index});
    }
    return ends.size() == 1 ? ends.front() : ends;
  }

  static Json build_json(const Node& node) {
    Json shapes = Json::array();
    for (const Tensor& input : node.inputs) shapes.push_back(shape_json(input.shape()));
    if (takes_inputs_apart(*node.layer)) {
      Json named{{"query_shape", shapes[0]}, {"value_shape", shapes[1]}};
      if (shapes.size() > 2) named["key_shape"] = shapes[2];
      return {{"shapes_dict", named}};
    }
    return {{"input_shape", shapes.size() == 1 ? shapes.front() : shapes}};
  }

  // An entry of a layer within `model`, told what shape to build its weights for.
  Json built_entry(const LayerCalls& calls, const Layer& layer) {
    Json json = entry(layer);
    if (as_model(layer) != nullptr || layer.weights().empty()) return json;
    for (const Node* node : calls.of(layer)) {
      if (node->inputs.empty()) continue;
      json["build_config"] = build_json(*node);
      break;
    }
    return json;
  }

  Json functional_config(const Model& model) {
    Json layers = Json::array();
    const LayerCalls calls(model);
    for (const LayerPtr& layer : model.layers()) {
      Json json = built_entry(calls, *layer);
      json["name"] = layer->name();
      json["inbound_nodes"] = Json::array();
      for (const Node* node : calls.of(*layer)) {
        if (!node->inputs.empty()) json["inbound_nodes"].push_back(call_json(calls, *node));
      }
      layers.push_back(std::move(json));
    }
    return {{"name", model.name()},
            {"trainable", model.trainable()},
            {"layers", std::move(layers)},
            {"input_layers", ends_json(calls, model.inputs())},
            {"output_layers", ends_json(calls, model.outputs())}};
  }

  Json sequential_config(const Model& model) {
    Json layers = Json::array();
    const LayerCalls calls(model);
    for (const LayerPtr& layer : model.layers()) layers.push_back(built_entry(calls, *layer));
    return {{"name", model.name()},
            {"trainable", model.trainable()},
            {"dtype", "float32"},
            {"layers", std::move(layers)},
            {"build_input_shape", shape_json(model.inputs().front().shape())}};
  }

  std::map<const Layer*, int> uses_;
  std::map<const Layer*, int> share_ids_;
};

}  // namespace

Json model_to_json(const Model& model) { return ModelWriter(model).entry(model); }

}  // namespace nudge::keras
