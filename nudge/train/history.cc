#include "nudge/train/history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using Courses = std::map<std::string, std::vector<double>>;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

void append_to(Courses& courses, size_t length, const std::map<std::string, double>& epoch) {
  for (const auto& [name, value] : epoch) {
    std::vector<double>& values = courses[name];
    values.resize(length, kNone);
    values.push_back(value);
  }
  for (auto& [name, values] : courses) values.resize(length + 1, kNone);
}

void extend_by(Courses& courses, size_t length, const Courses& later, size_t epochs) {
  for (const auto& [name, values] : later) {
    std::vector<double>& own = courses[name];
    own.resize(length, kNone);
    own.insert(own.end(), values.begin(), values.end());
  }
  for (auto& [name, values] : courses) values.resize(length + epochs, kNone);
}

Json json_of(const Courses& courses) {
  Json json = Json::object();
  for (const auto& [name, values] : courses) {
    Json list = Json::array();
    for (const double value : values) list.push_back(std::isfinite(value) ? Json(value) : Json(nullptr));
    json[name] = list;
  }
  return json;
}

Courses courses_from(const Json& json) {
  Courses courses;
  for (const auto& [name, values] : json.items()) {
    for (const Json& value : values) courses[name].push_back(value.is_null() ? kNone : value.get<double>());
  }
  return courses;
}

}  // namespace

int History::epochs() const {
  size_t longest = 0;
  for (const auto& [name, values] : metrics) longest = std::max(longest, values.size());
  return static_cast<int>(longest);
}

void History::append(const std::map<std::string, double>& epoch,
                     const std::map<std::string, double>& range_figures) {
  const auto length = static_cast<size_t>(epochs());
  append_to(metrics, length, epoch);
  append_to(ranges, length, range_figures);
}

void History::extend(const History& later) {
  const auto length = static_cast<size_t>(epochs());
  if (length == 0) initial_epoch = later.initial_epoch;
  const auto more = static_cast<size_t>(later.epochs());
  extend_by(metrics, length, later.metrics, more);
  extend_by(ranges, length, later.ranges, more);
  if (!qat_start_epoch) qat_start_epoch = later.qat_start_epoch;
}

Json History::to_json() const {
  Json json{{"history", json_of(metrics)},
            {"initial_epoch", initial_epoch},
            {"qat_start_epoch", qat_start_epoch ? Json(*qat_start_epoch) : Json(nullptr)}};
  if (!ranges.empty()) json["range_history"] = json_of(ranges);
  return json;
}

History History::from_json(const Json& json, const std::string& where) {
  try {
    History history;
    history.metrics = courses_from(json.at("history"));
    if (json.contains("range_history")) history.ranges = courses_from(json["range_history"]);
    history.initial_epoch = json.value("initial_epoch", 0);
    if (json.contains("qat_start_epoch") && !json["qat_start_epoch"].is_null()) {
      history.qat_start_epoch = json["qat_start_epoch"].get<int>();
    }
    return history;
  } catch (const nlohmann::json::exception&) {
    throw InputError(where + ": its training history is not readable");
  }
}

}  // namespace nudge::train
