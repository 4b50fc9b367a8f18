#include "nudge/layers/operation_arguments.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::layers {

using ops::ValueId;

void OperationArguments::unsupported(const std::string& what) const {
  throw UnsupportedError(where_ + what + "; put a layer in its place");
}

const Json* OperationArguments::find(size_t position, const std::string& name) const {
  const auto args = arguments_.find("args");
  if (args != arguments_.end() && args->is_array() && position < args->size()) {
    const Json& found = (*args)[position];
    return found.is_null() ? nullptr : &found;
  }
  return find(name);
}

const Json* OperationArguments::find(const std::string& name) const {
  const auto kwargs = arguments_.find("kwargs");
  for (const Json* from : {kwargs == arguments_.end() ? nullptr : &*kwargs, &config_}) {
    if (from == nullptr || !from->is_object()) continue;
    const auto found = from->find(name);
    if (found != from->end() && !found->is_null()) return &*found;
  }
  return nullptr;
}

std::optional<ValueId> OperationArguments::tensor_of(const Json& json) const {
  if (!json.is_object() || json.value("class_name", "") != "__keras_tensor__") return std::nullopt;
  const auto index = json.find("tensor");
  if (index == json.end() || !index->is_number_unsigned()) return std::nullopt;
  return call_.inputs().at(index->get<size_t>());
}

std::optional<ValueId> OperationArguments::maybe_tensor(size_t position, const std::string& name) const {
  const Json* found = find(position, name);
  return found == nullptr ? std::nullopt : tensor_of(*found);
}

ValueId OperationArguments::tensor(size_t position, const std::string& name) const {
  const auto value = maybe_tensor(position, name);
  if (!value) unsupported("needs a tensor for '" + name + "'");
  return *value;
}

std::vector<ValueId> OperationArguments::tensors(size_t position, const std::string& name) const {
  const Json* found = find(position, name);
  std::vector<ValueId> values;
  const std::function<void(const Json&)> collect = [&](const Json& json) {
    if (json.is_object() && json.contains("items")) return collect(json["items"]);  // a tuple
    if (json.is_array()) {
      for (const Json& item : json) collect(item);
    } else if (const auto value = tensor_of(json)) {
      values.push_back(*value);
    } else {
      unsupported("needs tensors for '" + name + "'");
    }
  };
  if (found != nullptr) collect(*found);
  if (values.empty()) unsupported("needs tensors for '" + name + "'");
  return values;
}

Array OperationArguments::array(size_t position, const std::string& name) const {
  const Json* found = find(position, name);
  if (found == nullptr) unsupported("needs '" + name + "'");
  // {"class_name": "__numpy__" or "__tensor__", "config": {"value": [...], "dtype": ...}}
  if (found->is_object() && found->contains("config") && (*found)["config"].contains("value")) {
    found = &(*found)["config"]["value"];
  }
  Shape shape;
  for (const Json* level = found; level->is_array(); level = &level->front()) {
    shape.push_back(static_cast<int64_t>(level->size()));
    if (level->empty()) break;
  }
  std::vector<float> values;
  const std::function<void(const Json&)> collect = [&](const Json& json) {
    if (json.is_array()) {
      for (const Json& item : json) collect(item);
    } else if (json.is_number()) {
      values.push_back(json.get<float>());
    } else {
      unsupported("is called with " + excerpt(json) + " for '" + name + "'");
    }
  };
  collect(*found);
  if (element_count(shape) != static_cast<int64_t>(values.size()))
    unsupported("has a ragged array for '" + name + "'");
  return Array::of<float>(shape, values);
}

double OperationArguments::number(const std::string& name, double fallback) const {
  const Json* found = find(name);
  if (found == nullptr) return fallback;
  if (!found->is_number()) unsupported("needs a number for '" + name + "'");
  return found->get<double>();
}

int64_t OperationArguments::integer(size_t position, const std::string& name, int64_t fallback) const {
  const Json* found = find(position, name);
  if (found == nullptr) return fallback;
  if (!found->is_number_integer()) unsupported("needs a whole number for '" + name + "'");
  return found->get<int64_t>();
}

bool OperationArguments::flag(const std::string& name, bool fallback) const {
  const Json* found = find(name);
  if (found == nullptr) return fallback;
  if (!found->is_boolean()) unsupported("needs true or false for '" + name + "'");
  return found->get<bool>();
}

std::string OperationArguments::text(const std::string& name, const std::string& fallback) const {
  const Json* found = find(name);
  if (found == nullptr) return fallback;
  if (!found->is_string()) unsupported("needs a text for '" + name + "'");
  return found->get<std::string>();
}

std::vector<int64_t> OperationArguments::integers(size_t position, const std::string& name) const {
  const Json* found = find(position, name);
  if (found == nullptr) return {};
  if (found->is_object() && found->contains("items")) found = &(*found)["items"];  // a tuple
  std::vector<int64_t> numbers;
  for (const Json& each : found->is_array() ? *found : Json::array({*found})) {
    if (!each.is_number_integer()) unsupported("needs whole numbers for '" + name + "'");
    numbers.push_back(each.get<int64_t>());
  }
  return numbers;
}

std::vector<int64_t> OperationArguments::axes(size_t position, const std::string& name, ValueId of) const {
  std::vector<int64_t> axes = integers(position, name);
  const auto rank = static_cast<int64_t>(shape(of).size());
  for (int64_t& axis : axes) {
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) unsupported("has an axis outside the shape " + to_string(shape(of)));
  }
  std::sort(axes.begin(), axes.end());
  if (axes.empty() || axes.front() == 0) unsupported("goes over the batch");
  return axes;
}

size_t OperationArguments::axis(size_t position, const std::string& name, int64_t fallback,
                                size_t rank) const {
  int64_t axis = integer(position, name, fallback);
  if (axis < 0) axis += static_cast<int64_t>(rank);
  if (axis < 1 || axis >= static_cast<int64_t>(rank)) unsupported("takes no axis " + std::to_string(axis));
  return static_cast<size_t>(axis);
}

}  // namespace nudge::layers
