#include "nudge/keras/keras2_config.h"

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace nudge::keras {
namespace {

// The reader refuses what is nested deeper.
constexpr int kMaxConverted = 40;

constexpr const char* kConstant = "_CONSTANT_VALUE";

std::string text_or_nothing(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// ["conv", 0, 0] or ["conv", 0, 0, {"training": false}]
bool is_reference(const Json& json) {
  return json.is_array() && (json.size() == 3 || json.size() == 4) && json[0].is_string() &&
         json[1].is_number_integer() && json[2].is_number_integer();
}

bool is_constant(const Json& json) {
  return json.is_array() && json.size() >= 3 && json[0].is_string() && json[0] == kConstant;
}

// How many calls a nested model counts before its first: Keras 2 counts its own graph as one, but for
// models without an InputLayer.
class FirstCalls {
 public:
  explicit FirstCalls(std::set<std::string> models) : models_(std::move(models)) {}

  // Looks at every reference below `json`.
  void collect(const Json& json) {
    if (is_reference(json)) {
      const auto name = json[0].get<std::string>();
      if (!models_.contains(name)) return;
      const auto [found, added] = lowest_.try_emplace(name, json[1].get<int64_t>());
      if (!added) found->second = std::min(found->second, json[1].get<int64_t>());
    }
    if (json.is_structured()) {
      for (const auto& item : json) collect(item);
    }
  }

  int64_t of(const std::string& name) const {
    const auto found = lowest_.find(name);
    return found == lowest_.end() ? 0 : found->second;
  }

 private:
  std::set<std::string> models_;
  std::map<std::string, int64_t> lowest_;
};

Json tensor_json(const Json& reference, const FirstCalls& first_calls) {
  Json history = {reference[0], reference[1], reference[2]};
  history[1] = history[1].get<int64_t>() - first_calls.of(reference[0].get<std::string>());
  return {{"class_name", "__keras_tensor__"}, {"config", {{"keras_history", std::move(history)}}}};
}

// A value of a call: references become tensors, everything else stays.
Json argument_json(const Json& value, const FirstCalls& first_calls) {
  if (is_constant(value)) return value[2];
  if (is_reference(value)) return tensor_json(value, first_calls);
  if (!value.is_array()) return value;
  Json items = Json::array();
  for (const Json& item : value) items.push_back(argument_json(item, first_calls));
  return items;
}

// The keyword arguments of a call stand behind its first reference.
Json keyword_arguments(const Json& call, const FirstCalls& first_calls) {
  const Json* reference = &call;
  while (reference->is_array() && !reference->empty() && reference->front().is_array())
    reference = &reference->front();
  Json arguments = Json::object();
  if (!reference->is_array() || reference->size() != 4 || !reference->back().is_object()) return arguments;
  for (const auto& [key, value] : reference->back().items())
    arguments[key] = argument_json(value, first_calls);
  return arguments;
}

Json to_keras3_call(const Json& call, const FirstCalls& first_calls) {
  Json tensors = argument_json(call, first_calls);
  const bool single = is_reference(call) || is_constant(call);
  // One tensor is the argument itself, several are its list.
  Json arguments = Json::array({std::move(tensors)});
  if (!single && arguments[0].is_array() && arguments[0].size() == 1) arguments = arguments[0];
  return {{"args", std::move(arguments)}, {"kwargs", keyword_arguments(call, first_calls)}};
}

// "input_layers" or "output_layers".
void renumber_ends(Json& json, const FirstCalls& first_calls, const std::set<std::string>& functional) {
  if (is_reference(json)) {
    const auto name = json[0].get<std::string>();
    // Here, not in the calls, Keras 3 counts a functional model's own graph as its first call.
    const int64_t shift = (functional.contains(name) ? 1 : 0) - first_calls.of(name);
    json[1] = json[1].get<int64_t>() + shift;
  } else if (json.is_structured()) {
    for (auto& item : json) renumber_ends(item, first_calls, functional);
  }
}

void convert_calls(Json& config) {
  Json& layers = config["layers"];
  std::set<std::string> models, functional;
  bool is_keras2 = false;
  for (const Json& layer : layers) {
    if (!layer.is_object()) continue;
    const std::string class_name = text_or_nothing(layer, "class_name");
    if (class_name == "Functional") functional.insert(text_or_nothing(layer, "name"));
    if (class_name == "Functional" || class_name == "Sequential") {
      models.insert(text_or_nothing(layer, "name"));
    }
    const auto calls = layer.find("inbound_nodes");
    if (calls == layer.end() || !calls->is_array()) continue;
    for (const Json& call : *calls) is_keras2 |= call.is_array();
  }
  if (!is_keras2) return;
  FirstCalls first_calls(models);
  for (const Json& layer : layers) {
    if (layer.is_object() && layer.contains("inbound_nodes")) first_calls.collect(layer["inbound_nodes"]);
  }
  for (const char* ends : {"input_layers", "output_layers"}) {
    if (config.contains(ends)) first_calls.collect(config[ends]);
  }
  for (Json& layer : layers) {
    if (!layer.is_object() || !layer.contains("inbound_nodes")) continue;
    for (Json& call : layer["inbound_nodes"]) {
      if (call.is_array()) call = to_keras3_call(call, first_calls);
    }
  }
  for (const char* ends : {"input_layers", "output_layers"}) {
    if (config.contains(ends)) renumber_ends(config[ends], first_calls, functional);
  }
}

// A Sequential of Keras 2 may start with any layer that says what it takes.
void insert_input_layer(Json& layers) {
  if (layers.empty() || !layers[0].is_object() || text_or_nothing(layers[0], "class_name") == "InputLayer")
    return;
  const auto config = layers[0].find("config");
  if (config == layers[0].end() || !config->is_object() || !config->contains("batch_input_shape")) return;
  const Json input = {{"class_name", "InputLayer"},
                      {"config",
                       {{"batch_shape", config->at("batch_input_shape")},
                        {"name", text_or_nothing(*config, "name") + "_input"}}}};
  layers.insert(layers.begin(), input);
}

void convert(Json& entry, int depth) {
  if (depth > kMaxConverted || !entry.is_object() || !entry.contains("config")) return;
  const std::string class_name = text_or_nothing(entry, "class_name");
  Json& config = entry["config"];
  if (class_name == "Sequential" && config.is_array()) config = {{"layers", std::move(config)}};
  if (!config.is_object()) return;
  if (class_name == "InputLayer" && config.contains("batch_input_shape") && !config.contains("batch_shape")) {
    config["batch_shape"] = config["batch_input_shape"];
    config.erase("batch_input_shape");
  }
  if (config.contains("layer")) convert(config["layer"], depth + 1);
  if (!config.contains("layers") || !config["layers"].is_array()) return;
  for (Json& layer : config["layers"]) convert(layer, depth + 1);
  if (class_name == "Model") entry["class_name"] = "Functional";
  if (class_name == "Sequential") {
    insert_input_layer(config["layers"]);
  } else {
    convert_calls(config);
  }
}

}  // namespace

Json to_keras3_form(Json json) {
  convert(json, 0);
  return json;
}

}  // namespace nudge::keras
