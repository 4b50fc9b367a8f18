#include "nudge/train/history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

int History::epochs() const {
  size_t longest = 0;
  for (const auto& [name, values] : metrics) longest = std::max(longest, values.size());
  return static_cast<int>(longest);
}

void History::append(const std::map<std::string, double>& epoch) {
  const auto length = static_cast<size_t>(epochs());
  for (const auto& [name, value] : epoch) {
    std::vector<double>& values = metrics[name];
    values.resize(length, kNone);
    values.push_back(value);
  }
  for (auto& [name, values] : metrics) values.resize(length + 1, kNone);
}

void History::extend(const History& later) {
  const auto length = static_cast<size_t>(epochs());
  if (length == 0) initial_epoch = later.initial_epoch;
  for (const auto& [name, values] : later.metrics) {
    std::vector<double>& own = metrics[name];
    own.resize(length, kNone);
    own.insert(own.end(), values.begin(), values.end());
  }
  for (auto& [name, values] : metrics) values.resize(length + static_cast<size_t>(later.epochs()), kNone);
  if (!qat_start_epoch) qat_start_epoch = later.qat_start_epoch;
}

Json History::to_json() const {
  Json history = Json::object();
  for (const auto& [name, values] : metrics) {
    Json list = Json::array();
    for (const double value : values) list.push_back(std::isfinite(value) ? Json(value) : Json(nullptr));
    history[name] = list;
  }
  return {{"history", history},
          {"initial_epoch", initial_epoch},
          {"qat_start_epoch", qat_start_epoch ? Json(*qat_start_epoch) : Json(nullptr)}};
}

History History::from_json(const Json& json, const std::string& where) {
  try {
    History history;
    for (const auto& [name, values] : json.at("history").items()) {
      for (const Json& value : values) {
        history.metrics[name].push_back(value.is_null() ? kNone : value.get<double>());
      }
    }
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
