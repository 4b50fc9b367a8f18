#include "nudge/train/progress.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

std::string prefix_of(size_t callback) { return "callbacks/" + std::to_string(callback) + "/"; }

}  // namespace

Json Progress::to_json() const {
  Json texts = Json::array();
  for (const CallbackState& callback : callbacks) texts.push_back(callback.text);
  return {{"epoch", epoch},
          {"step", step},
          {"sums", sums},
          {"history", history.to_json()},
          {"callbacks", std::move(texts)}};
}

std::map<std::string, Array> Progress::arrays() const {
  std::map<std::string, Array> all;
  for (size_t i = 0; i < callbacks.size(); ++i) {
    for (const auto& [name, array] : callbacks[i].arrays) all[prefix_of(i) + name] = array;
  }
  return all;
}

Progress Progress::from_json(const Json& json, const std::map<std::string, Array>& arrays,
                             const std::string& where) {
  try {
    Progress progress{.epoch = json.at("epoch").get<int>(),
                      .step = json.at("step").get<int64_t>(),
                      .sums = json.at("sums").get<std::map<std::string, std::vector<double>>>(),
                      .history = History::from_json(json.at("history"), where)};
    for (const auto& text : json.at("callbacks").get<std::vector<std::string>>()) {
      const std::string prefix = prefix_of(progress.callbacks.size());
      CallbackState& callback = progress.callbacks.emplace_back(CallbackState{.text = text});
      for (auto array = arrays.lower_bound(prefix); array != arrays.end(); ++array) {
        if (!array->first.starts_with(prefix)) break;
        callback.arrays[array->first.substr(prefix.size())] = array->second;
      }
    }
    if (progress.epoch >= 0 && progress.step >= 0) return progress;
  } catch (const nlohmann::json::exception&) {
  }
  throw InputError(where + ": where its training stood is not readable");
}

}  // namespace nudge::train
