#include "nudge/keras/call_graph.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::keras {
namespace {

// Of a layer that is not read; a file may name any number.
constexpr size_t kMostOutputs = 64;

bool is_index(const Json& json) { return json.is_number_integer() && json.get<int64_t>() >= 0; }

CallOutput parse_output(const Json& json, const std::string& who) {
  const bool valid =
      json.is_array() && json.size() == 3 && json[0].is_string() && is_index(json[1]) && is_index(json[2]);
  if (!valid)
    throw InputError(who + "a tensor must be given as [layer, call, output], given " + excerpt(json));
  return {json[0].get<std::string>(), json[1].get<size_t>(), json[2].get<size_t>()};
}

// The tensors that a call's argument holds, in order.
void collect_tensors(const Json& argument, const std::string& who, std::vector<CallOutput>& found) {
  if (argument.is_null()) return;
  if (argument.is_array()) {
    for (const Json& item : argument) collect_tensors(item, who, found);
    return;
  }
  if (argument.is_object()) {
    const std::string kind = text_member(argument, "class_name", who, "");
    if (kind == "__keras_tensor__") {
      const Json& history = array_member(object_member(argument, "config", who), "keras_history", who);
      found.push_back(parse_output(history, who));
      return;
    }
    if (kind == "__tuple__") {
      collect_tensors(array_member(argument, "items", who), who, found);
      return;
    }
  }
  throw UnsupportedError(who + "is called with " + excerpt(argument) +
                         "; only calls on tensors and lists of tensors are read");
}

bool is_tensor(const Json& json) {
  return json.is_object() && json.contains("config") && json["config"].is_object() &&
         json["config"].contains("keras_history");
}

void number_tensors(Json& json, size_t& next) {
  if (is_tensor(json)) {
    json = {{"class_name", "__keras_tensor__"}, {"tensor", next++}};
  } else if (json.is_structured()) {
    for (Json& inner : json) number_tensors(inner, next);
  }
}

// Attention's tensors by name, in the order in which they stand without names.
constexpr const char* kAttentionInputs[] = {"query", "value", "key"};

std::vector<CallOutput> parse_call(const Json& call, const std::string& who) {
  std::vector<CallOutput> tensors;
  collect_tensors(array_member(call, "args", who), who, tensors);
  const Json& named = object_member(call, "kwargs", who);
  for (const char* name : kAttentionInputs) {
    if (named.contains(name)) collect_tensors(named[name], who, tensors);
  }
  for (const auto& [key, value] : named.items()) {
    if (std::ranges::find(kAttentionInputs, key) != std::end(kAttentionInputs)) continue;
    if (key == "inputs") {
      collect_tensors(value, who, tensors);
    } else if (key == "training") {
      // Keras writes the default here and overrides it whenever the model is run.
      continue;
    } else if (!value.is_null() && value != false) {
      throw UnsupportedError(who + "is called with argument '" + key + "', which is not supported");
    }
  }
  if (tensors.empty()) throw InputError(who + "is called without tensors");
  return tensors;
}

// Every tensor anywhere in a call: a reference and the configuration that it comes in.
using StatedTensors = std::vector<std::pair<CallOutput, const Json*>>;

void collect_stated(const Json& json, const std::string& who, StatedTensors& found) {
  if (is_tensor(json)) {
    found.emplace_back(parse_output(json["config"]["keras_history"], who), &json["config"]);
  } else if (json.is_structured()) {
    for (const Json& item : json) collect_stated(item, who, found);
  }
}

void collect_ends(const Json& json, const std::string& who, std::vector<CallOutput>& found) {
  const bool is_output = json.is_array() && json.size() == 3 && json[0].is_string();
  if (is_output || !json.is_structured()) {
    found.push_back(parse_output(json, who));
  } else if (json.is_array()) {
    for (const Json& item : json) collect_ends(item, who, found);
  } else {
    // Keras orders a dictionary's tensors by key.
    std::map<std::string, const Json*> sorted;
    for (const auto& [key, value] : json.items()) sorted.emplace(key, &value);
    for (const auto& [key, value] : sorted) collect_ends(*value, who, found);
  }
}

}  // namespace

std::vector<CallOutput> parse_ends(const Json& json, const std::string& who) {
  std::vector<CallOutput> found;
  collect_ends(json, who, found);
  return found;
}

CallGraph::Entry& CallGraph::new_entry(const std::string& name, const std::string& class_name) {
  if (entries_.contains(name)) throw InputError("two layers are named '" + name + "'");
  order_.push_back(name);
  Entry& entry = entries_[name];
  entry.name = name;
  entry.class_name = class_name;
  return entry;
}

Json numbered_arguments(const Json& call) {
  Json numbered{{"args", array_member(call, "args", "")}, {"kwargs", object_member(call, "kwargs", "")}};
  size_t next = 0;
  number_tensors(numbered, next);
  return numbered;
}

void CallGraph::add(const std::string& name, const std::string& class_name, LayerMaker make,
                    const Json& calls, Arguments takes) {
  Entry& entry = new_entry(name, class_name);
  entry.make = std::move(make);
  const std::string who = "layer '" + name + "' (" + class_name + "): ";
  for (const Json& call : calls) {
    StatedTensors stated;
    if (unread_ == UnreadLayers::kStandIn) collect_stated(call, who, stated);
    for (const auto& [output, config] : stated) {
      if (output.output >= kMostOutputs) continue;
      auto& shapes = stated_[{output.layer, output.call}];
      shapes.resize(std::max(shapes.size(), output.output + 1));
      shapes[output.output] = config->contains("shape") ? shape_or_nothing((*config)["shape"]) : Shape{};
    }
    try {
      if (takes == Arguments::kTensors) {
        entry.calls.push_back(parse_call(call, who));
      } else {
        entry.calls.emplace_back();
        StatedTensors tensors;
        collect_stated(array_member(call, "args", who), who, tensors);
        collect_stated(object_member(call, "kwargs", who), who, tensors);
        for (const auto& tensor : tensors) entry.calls.back().push_back(tensor.first);
        if (entry.calls.back().empty()) throw InputError(who + "is called without tensors");
      }
    } catch (const UnsupportedError& error) {
      if (unread_ == UnreadLayers::kRefuse) throw;
      entry.not_read = error.what();
      entry.calls.emplace_back();
      for (const auto& item : stated) entry.calls.back().push_back(item.first);
    }
  }
}

void CallGraph::add_input(const std::string& name, LayerPtr input) {
  Entry& entry = new_entry(name, input->class_name());
  entry.layer = std::move(input);
  entry.made.push_back(entry.layer->call_all({}));
}

std::vector<Tensor> CallGraph::call(Entry& entry, const std::vector<Tensor>& inputs) {
  std::vector<Shape> shapes;
  for (const Tensor& input : inputs) shapes.push_back(tensors_.shape_as_written(input));
  const bool known = std::none_of(shapes.begin(), shapes.end(), [](const Shape& s) { return s.empty(); });
  if (!known || !entry.not_read.empty()) return call_stand_in(entry, inputs);
  try {
    if (entry.layer == nullptr) entry.layer = entry.make(shapes);
    limits_.count_call(*entry.layer);
    return tensors_.call(*entry.layer, inputs);
  } catch (const UnsupportedError& error) {
    if (unread_ == UnreadLayers::kRefuse) throw;
    entry.not_read = error.what();
    entry.layer = nullptr;
    return call_stand_in(entry, inputs);
  }
}

std::vector<Tensor> CallGraph::call_stand_in(Entry& entry, const std::vector<Tensor>& inputs) {
  auto stand_in = std::dynamic_pointer_cast<UnreadLayer>(entry.layer);
  if (stand_in == nullptr) {
    stand_in = std::make_shared<UnreadLayer>(
        UnreadLayerOptions{.class_name = entry.class_name, .name = entry.name, .reason = entry.not_read});
    entry.layer = stand_in;
  }
  const auto stated = stated_.find({entry.name, entry.made.size()});
  stand_in->set_output_shapes(stated == stated_.end() ? std::vector<Shape>{Shape{}} : stated->second);
  std::vector<Tensor> given;
  for (const Tensor& input : inputs) given.push_back(tensors_.as_written(input));
  return stand_in->call_all(given);
}

std::optional<CallOutput> CallGraph::make_calls(Entry& entry) {
  for (; entry.next < entry.calls.size(); ++entry.next) {
    std::vector<Tensor> inputs;
    for (const CallOutput& output : entry.calls[entry.next]) {
      const auto tensor = find(output);
      if (!tensor) return output;
      inputs.push_back(*tensor);
    }
    entry.made.push_back(call(entry, inputs));
  }
  return std::nullopt;
}

void CallGraph::make_calls() {
  // Entries by the call that they wait for.
  std::map<std::pair<std::string, size_t>, std::vector<Entry*>> waiting;
  std::vector<Entry*> ready;
  for (auto name = order_.rbegin(); name != order_.rend(); ++name) ready.push_back(&entries_.at(*name));
  while (!ready.empty()) {
    Entry& entry = *ready.back();
    ready.pop_back();
    const size_t before = entry.made.size();
    if (const auto missing = make_calls(entry)) waiting[{missing->layer, missing->call}].push_back(&entry);
    for (size_t made = before; made < entry.made.size(); ++made) {
      const auto found = waiting.find({entry.name, made});
      if (found == waiting.end()) continue;
      ready.insert(ready.end(), found->second.begin(), found->second.end());
      waiting.erase(found);
    }
  }
  for (const auto& [name, entry] : entries_) {
    if (entry.next < entry.calls.size()) {
      throw InputError("layer '" + name + "' is part of a loop or fed by a call that is never made");
    }
  }
}

std::vector<Tensor> CallGraph::ends(const std::vector<CallOutput>& outputs) {
  std::vector<Tensor> tensors;
  for (CallOutput output : outputs) {
    const Entry& from = entry(output.layer);
    if (from.layer == nullptr) throw InputError("layer '" + output.layer + "' is used without being called");
    // Here, not in the calls, Keras counts a functional model's own graph as its first call.
    if (from.class_name == "Functional" && output.call-- == 0) {
      throw InputError("model '" + output.layer + "' is used without being called");
    }
    const auto tensor = find(output);
    if (!tensor) throw InputError("layer '" + output.layer + "' has fewer calls than an output needs");
    tensors.push_back(tensors_.as_written(*tensor));
  }
  return tensors;
}

const CallGraph::Entry& CallGraph::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw InputError("layer '" + name + "' is used but not defined");
  return found->second;
}

std::optional<Tensor> CallGraph::find(const CallOutput& output) const {
  const auto& made = entry(output.layer).made;
  if (output.call >= made.size()) return std::nullopt;
  const auto& outputs = made[output.call];
  if (output.output >= outputs.size()) {
    throw InputError("layer '" + output.layer + "' has no output " + std::to_string(output.output));
  }
  return outputs[output.output];
}

}  // namespace nudge::keras
