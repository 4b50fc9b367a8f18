#include "nudge/graph/regularizer.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge {
namespace {

// Keras's class by any of its names.
std::string regularizer_class(const std::string& name) {
  static const std::map<std::string, std::string> classes{
      {"L1", "L1"},
      {"l1", "L1"},
      {"L2", "L2"},
      {"l2", "L2"},
      {"L1L2", "L1L2"},
      {"l1_l2", "L1L2"},
      {"l1l2", "L1L2"},
      {"OrthogonalRegularizer", "OrthogonalRegularizer"},
      {"orthogonal_regularizer", "OrthogonalRegularizer"}};
  const auto found = classes.find(name);
  if (found == classes.end()) {
    throw UnsupportedError("'" + name + "'; known: L1, L2, L1L2, OrthogonalRegularizer");
  }
  return found->second;
}

double sum_penalty(int64_t n, const float* x, double l1, double l2, float* gradient, double share) {
  double absolute = 0, squares = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto value = static_cast<double>(x[i]);
    absolute += std::abs(value);
    squares += value * value;
  }
  if (gradient != nullptr) {
    const auto by_sign = static_cast<float>(share * l1), by_value = static_cast<float>(share * 2 * l2);
    for (int64_t i = 0; i < n; ++i) {
      const float sign = static_cast<float>(x[i] > 0.0f) - static_cast<float>(x[i] < 0.0f);
      gradient[i] += by_sign * sign + by_value * x[i];
    }
  }
  return l1 * absolute + l2 * squares;
}

// Vectors that lie side by side in a matrix: its rows, or its columns.
struct Vectors {
  int64_t count = 0;
  int64_t length = 0;
  int64_t step = 0;     // from one vector to the next
  int64_t element = 0;  // from one element to the next
};

Vectors vectors_of(const Shape& shape, bool rows) {
  return rows ? Vectors{shape[0], shape[1], shape[1], 1} : Vectors{shape[1], shape[0], 1, shape[1]};
}

double orthogonal_penalty(const Vectors& vectors, const float* x, double factor, float* gradient,
                          double share) {
  const auto [count, length, step, element] = vectors;
  const auto at = [n = length](int64_t i, int64_t k) { return static_cast<size_t>(i * n + k); };
  std::vector<double> unit(static_cast<size_t>(count * length)), norms(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    double squares = 0;
    for (int64_t k = 0; k < length; ++k) {
      const auto value = static_cast<double>(x[i * step + k * element]);
      unit[at(i, k)] = value;
      squares += value * value;
    }
    norms[static_cast<size_t>(i)] = std::max(std::sqrt(squares), 1e-12);
    for (int64_t k = 0; k < length; ++k) unit[at(i, k)] /= norms[static_cast<size_t>(i)];
  }
  const double pairs = static_cast<double>(count) * static_cast<double>(count - 1) / 2;
  const double weight = pairs > 0 ? factor / pairs : 0.0;
  double sum = 0;
  std::vector<double> slope(gradient == nullptr ? 0 : unit.size());  // for the unit vectors
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      double product = 0;
      for (int64_t k = 0; k < length; ++k) product += unit[at(i, k)] * unit[at(j, k)];
      sum += std::abs(product);
      if (gradient == nullptr || product == 0) continue;
      const double sign = product > 0 ? weight : -weight;
      for (int64_t k = 0; k < length; ++k) {
        slope[at(i, k)] += sign * unit[at(j, k)];
        slope[at(j, k)] += sign * unit[at(i, k)];
      }
    }
  }
  for (int64_t i = 0; gradient != nullptr && i < count; ++i) {
    double along = 0;  // what would only lengthen the vector
    for (int64_t k = 0; k < length; ++k) along += slope[at(i, k)] * unit[at(i, k)];
    for (int64_t k = 0; k < length; ++k) {
      gradient[i * step + k * element] += static_cast<float>(
          share * (slope[at(i, k)] - along * unit[at(i, k)]) / norms[static_cast<size_t>(i)]);
    }
  }
  return weight * sum;
}

void check_factor(const char* name, double value) {
  if (value >= 0 && std::isfinite(value)) return;
  throw ValueError(std::string(name) + " of a regularizer must not be negative or infinite, given " +
                   std::to_string(value));
}

}  // namespace

void Regularizer::check() const {
  try {
    regularizer_class(name);
  } catch (const UnsupportedError& error) {
    throw ValueError(std::string("unknown regularizer ") + error.what());
  }
  check_factor("l1", l1);
  check_factor("l2", l2);
  check_factor("factor", factor);
  if (mode == "rows" || mode == "columns") return;
  throw ValueError("mode of a regularizer must be rows or columns, given '" + mode + "'");
}

void Regularizer::check_shape(const Shape& shape) const {
  if (name != "OrthogonalRegularizer" || shape.size() == 2) return;
  throw ShapeError("OrthogonalRegularizer takes matrices, given shape " + to_string(shape));
}

double Regularizer::penalty(const Shape& shape, const float* values, float* gradient, double share) const {
  check_shape(shape);
  if (name == "OrthogonalRegularizer") {
    return orthogonal_penalty(vectors_of(shape, mode == "rows"), values, factor, gradient, share);
  }
  const double by_sum = name == "L2" ? 0.0 : l1, by_squares = name == "L1" ? 0.0 : l2;
  return sum_penalty(element_count(shape), values, by_sum, by_squares, gradient, share);
}

Json Regularizer::to_json() const {
  Json config;
  if (name == "OrthogonalRegularizer") {
    config = {{"factor", factor}, {"mode", mode}};
  } else {
    if (name != "L2") config["l1"] = l1;
    if (name != "L1") config["l2"] = l2;
  }
  return {{"module", "keras.regularizers"},
          {"class_name", name},
          {"config", config},
          {"registered_name", nullptr}};
}

Regularizer Regularizer::from_json(const Json& json) {
  const std::string who = "a regularizer: ";
  if (json.is_string()) return {.name = regularizer_class(json.get<std::string>())};
  Regularizer made{.name = regularizer_class(text_member(json, "class_name", who))};
  const Json config = json.contains("config") ? object_member(json, "config", who) : Json::object();
  const double absent = made.name == "L1L2" ? 0.0 : 0.01;
  made.l1 = number_member(config, "l1", who, absent);
  made.l2 = number_member(config, "l2", who, absent);
  made.factor = number_member(config, "factor", who, made.factor);
  made.mode = text_member(config, "mode", who, made.mode);
  try {
    made.check();
  } catch (const ValueError& error) {
    throw InputError(who + error.what());
  }
  return made;
}

}  // namespace nudge
