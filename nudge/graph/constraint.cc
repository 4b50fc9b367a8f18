#include "nudge/graph/constraint.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge {
namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

// Keras's class by any of its names.
std::string constraint_class(const std::string& name) {
  static const std::map<std::string, std::string> classes{
      {"MaxNorm", "MaxNorm"},    {"max_norm", "MaxNorm"},      {"NonNeg", "NonNeg"},
      {"non_neg", "NonNeg"},     {"nonneg", "NonNeg"},         {"UnitNorm", "UnitNorm"},
      {"unit_norm", "UnitNorm"}, {"MinMaxNorm", "MinMaxNorm"}, {"min_max_norm", "MinMaxNorm"}};
  const auto found = classes.find(name);
  if (found == classes.end()) {
    throw UnsupportedError("'" + name + "'; known: MaxNorm, NonNeg, UnitNorm, MinMaxNorm");
  }
  return found->second;
}

// Which vector each element belongs to: its place with the axes along vectors left out.
std::vector<int64_t> vector_of_elements(const Shape& shape, const std::vector<int64_t>& axes) {
  const auto rank = static_cast<int64_t>(shape.size());
  std::vector<bool> along(shape.size(), false);
  if (axes.empty()) along.assign(shape.size(), true);
  for (const int64_t axis : axes) along[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = true;
  std::vector<int64_t> vector(static_cast<size_t>(element_count(shape)));
  for (size_t i = 0; i < vector.size(); ++i) {
    int64_t rest = static_cast<int64_t>(i), stride = 1;
    for (size_t d = shape.size(); d-- > 0; rest /= shape[d]) {
      if (along[d]) continue;
      vector[i] += rest % shape[d] * stride;
      stride *= shape[d];
    }
  }
  return vector;
}

Json axes_json(const std::vector<int64_t>& axes) {
  if (axes.empty()) return nullptr;
  return axes.size() == 1 ? Json(axes[0]) : Json(axes);
}

}  // namespace

void Constraint::check() const {
  try {
    constraint_class(name);
  } catch (const UnsupportedError& error) {
    throw ValueError(std::string("unknown constraint ") + error.what());
  }
  if (std::isfinite(min_value) && std::isfinite(max_value) && std::isfinite(rate)) return;
  throw ValueError("min_value, max_value and rate of a constraint must be finite");
}

void Constraint::check_shape(const Shape& shape) const {
  if (name == "NonNeg") return;
  const auto rank = static_cast<int64_t>(shape.size());
  for (const int64_t axis : axes) {
    if (axis >= -rank && axis < rank) continue;
    throw ShapeError(name + " has axis " + std::to_string(axis) + ", the weight shape " + to_string(shape));
  }
}

void Constraint::apply(Array& weight) const {
  check_shape(weight.shape());
  const auto values = weight.span<float>();
  if (name == "NonNeg") {
    for (float& value : values) value = std::max(value, 0.0f);
    return;
  }
  const std::vector<int64_t> vector = vector_of_elements(weight.shape(), axes);
  std::vector<double> factors(values.size(), 0.0);
  for (size_t i = 0; i < values.size(); ++i) {
    factors[static_cast<size_t>(vector[i])] +=
        static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  for (double& factor : factors) {
    const double norm = std::sqrt(factor);
    double desired = 1.0;
    if (name == "MaxNorm") desired = std::clamp(norm, 0.0, std::max(0.0, max_value));
    if (name == "MinMaxNorm") {
      desired = rate * std::min(std::max(norm, min_value), max_value) + (1 - rate) * norm;
    }
    factor = desired / (kEpsilon + norm);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(static_cast<double>(values[i]) * factors[static_cast<size_t>(vector[i])]);
  }
}

Json Constraint::to_json() const {
  Json config = Json::object();
  if (name == "MinMaxNorm") config = {{"min_value", min_value}, {"max_value", max_value}, {"rate", rate}};
  if (name == "MaxNorm") config["max_value"] = max_value;
  if (name != "NonNeg") config["axis"] = axes_json(axes);
  return {{"module", "keras.constraints"},
          {"class_name", name},
          {"config", config},
          {"registered_name", nullptr}};
}

Constraint Constraint::from_json(const Json& json) {
  const std::string who = "a constraint: ";
  Constraint made;
  made.name =
      constraint_class(json.is_string() ? json.get<std::string>() : text_member(json, "class_name", who));
  if (made.name == "MinMaxNorm") made.max_value = 1.0;
  if (json.is_string()) return made;
  const Json config = json.contains("config") ? object_member(json, "config", who) : Json::object();
  made.min_value = number_member(config, "min_value", who, made.min_value);
  made.max_value = number_member(config, "max_value", who, made.max_value);
  made.rate = number_member(config, "rate", who, made.rate);
  const auto axis = config.find("axis");
  if (axis == config.end()) return made;
  const Json list = axis->is_array() ? *axis : Json::array({*axis});
  made.axes.clear();
  if (axis->is_null()) return made;
  for (const Json& each : list) {
    if (!each.is_number_integer()) {
      throw InputError(who + "'axis' must be an integer or a list of integers, given " + excerpt(*axis));
    }
    made.axes.push_back(each.get<int64_t>());
  }
  return made;
}

}  // namespace nudge
