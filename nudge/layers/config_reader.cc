#include "nudge/layers/config_reader.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/base/log.h"

namespace nudge::layers {

ConfigReader::ConfigReader(const Json& config, const std::string& class_name) : config_(config) {
  where_ = class_name + ": ";
  if (!config.is_object()) throw InputError(where_ + "the configuration is not a JSON object");
  where_ = "layer '" + name() + "' (" + class_name + "): ";
}

const Json* ConfigReader::find(const std::string& key) const {
  const auto found = config_.find(key);
  return found == config_.end() || found->is_null() ? nullptr : &*found;
}

const Json& ConfigReader::get(const std::string& key) const {
  const Json* value = find(key);
  if (value == nullptr) throw InputError(where_ + "the configuration lacks '" + key + "'");
  return *value;
}

void ConfigReader::wrong_type(const std::string& key, const std::string& expected) const {
  throw InputError(where_ + "'" + key + "' in the configuration must be " + expected + ", given " +
                   excerpt(get(key)));
}

std::string ConfigReader::name() const { return text("name", ""); }

bool ConfigReader::boolean(const std::string& key, bool fallback) const {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) wrong_type(key, "true or false");
  return value->get<bool>();
}

int64_t ConfigReader::integer(const std::string& key) const {
  const Json& value = get(key);
  if (!value.is_number_integer()) wrong_type(key, "an integer");
  return value.get<int64_t>();
}

int64_t ConfigReader::integer(const std::string& key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

double ConfigReader::number(const std::string& key, double fallback) const {
  return number(key).value_or(fallback);
}

std::optional<double> ConfigReader::number(const std::string& key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  // tf_keras: {"class_name": "__numpy__", "config": {"value": 6.0, "dtype": "float32"}}
  if (value->is_object() && value->contains("config")) {
    const Json& inner = (*value)["config"];
    if (inner.is_object() && inner.contains("value")) value = &inner["value"];
  }
  if (!value->is_number()) wrong_type(key, "a number");
  return value->get<double>();
}

std::string ConfigReader::text(const std::string& key, const std::string& fallback) const {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_string()) wrong_type(key, "a string");
  return value->get<std::string>();
}

std::vector<int64_t> ConfigReader::integers(const std::string& key) const {
  const Json& value = get(key);
  if (value.is_number_integer()) return {value.get<int64_t>()};
  if (!value.is_array()) wrong_type(key, "an integer or a list of integers");
  std::vector<int64_t> numbers;
  for (const Json& element : value) {
    if (!element.is_number_integer()) wrong_type(key, "a list of integers");
    numbers.push_back(element.get<int64_t>());
  }
  return numbers;
}

Shape ConfigReader::shape(const std::string& key) const {
  const Json& value = get(key);
  Shape shape;
  for (const Json& size : value.is_array() ? value : Json::array({value})) {
    if (!size.is_null() && !size.is_number_integer()) wrong_type(key, "a size or a list of sizes");
    shape.push_back(size.is_null() ? kUnknown : size.get<int64_t>());
  }
  return shape;
}

Interpolation ConfigReader::interpolation(const std::string& fallback) const {
  const std::string name = text("interpolation", fallback);
  if (name == "nearest") return Interpolation::kNearest;
  if (name == "bilinear") return Interpolation::kBilinear;
  throw UnsupportedError(where_ + "interpolation '" + name + "' is not supported; use nearest or bilinear");
}

std::vector<double> ConfigReader::numbers(const std::string& key) const {
  const Json* value = find(key);
  if (value == nullptr) return {};
  // Serialized NumPy arrays: {"class_name": "__numpy__", "config": {"value": [...], ...}}
  if (value->is_object() && value->contains("config") && (*value)["config"].contains("value")) {
    value = &(*value)["config"]["value"];
  }
  std::vector<double> numbers;
  const std::function<void(const Json&)> collect = [&](const Json& element) {
    if (element.is_array()) {
      for (const Json& inner : element) collect(inner);
    } else if (element.is_number()) {
      numbers.push_back(element.get<double>());
    } else {
      wrong_type(key, "a list of numbers");
    }
  };
  collect(*value);
  return numbers;
}

std::array<int64_t, 2> ConfigReader::border(const std::string& key, size_t dimension,
                                            size_t dimensions) const {
  const Json* value = find(key);
  if (value == nullptr) return {1, 1};  // Keras's default of paddings and croppings
  if (dimensions > 1 && value->is_array() && value->size() == dimensions) value = &(*value)[dimension];
  const auto whole = [](const Json& json) { return json.is_number_integer(); };
  if (whole(*value)) return {value->get<int64_t>(), value->get<int64_t>()};
  if (!value->is_array() || value->size() != 2 || !whole((*value)[0]) || !whole((*value)[1])) {
    wrong_type(key, "an integer, or a pair of them for each dimension");
  }
  return {(*value)[0].get<int64_t>(), (*value)[1].get<int64_t>()};
}

Size2 ConfigReader::size(const std::string& key, Size2 fallback) const {
  if (!has(key)) return fallback;
  const auto numbers = integers(key);
  if (numbers.size() == 1) return numbers[0];
  if (numbers.size() != 2) wrong_type(key, "one or two integers");
  return {numbers[0], numbers[1]};
}

Padding ConfigReader::padding() const {
  const std::string name = text("padding", "valid");
  try {
    return ops::padding_from_string(name);
  } catch (const ValueError& error) {
    throw UnsupportedError(where_ + error.what());
  }
}

ActivationFunction ConfigReader::activation(const std::string& key, ActivationFunction fallback) const {
  const Json* value = find(key);
  return value == nullptr ? fallback : activation_from_json(*value, where_);
}

Initializer ConfigReader::initializer(const std::string& key, Initializer fallback) const {
  const Json* value = find(key);
  try {
    return value == nullptr ? std::move(fallback) : Initializer::from_json(*value);
  } catch (const InputError& error) {
    throw InputError(where_ + "'" + key + "' is " + error.what());
  }
}

int64_t ConfigReader::axis(const std::string& key, int64_t fallback) const {
  if (!has(key)) return fallback;
  const auto numbers = integers(key);
  if (numbers.size() != 1) wrong_type(key, "one axis");
  return numbers[0];
}

void ConfigReader::require_channels_last() const {
  const std::string format = text("data_format", "channels_last");
  if (format != "channels_last") {
    throw UnsupportedError(where_ + "data_format '" + format + "' is not supported; use channels_last");
  }
}

void ConfigReader::finish(Layer& layer) const {
  layer.set_trainable(boolean("trainable", true));
  const std::string regularizer = "_regularizer", constraint = "_constraint";
  for (const auto& [key, value] : config_.items()) {
    if (value.is_null()) continue;
    try {
      if (key.ends_with(regularizer)) {
        layer.set_regularizer(key.substr(0, key.size() - regularizer.size()), Regularizer::from_json(value));
      } else if (key.ends_with(constraint)) {
        layer.set_constraint(key.substr(0, key.size() - constraint.size()), Constraint::from_json(value));
      }
    } catch (const UnsupportedError& error) {
      log_warning(where_ + "'" + key + "' is not known and will not act in training: " + error.what());
    } catch (const InputError& error) {
      throw InputError(where_ + "'" + key + "' is " + error.what());
    }
  }
}

}  // namespace nudge::layers
