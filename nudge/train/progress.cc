#include "nudge/train/progress.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

constexpr const char* kAverages = "averages/";

std::string prefix_of(size_t callback) { return "callbacks/" + std::to_string(callback) + "/"; }

void add(const CallbackState& state, const std::string& prefix, std::map<std::string, Array>& arrays) {
  for (const auto& [name, array] : state.arrays) arrays[prefix + name] = array;
}

CallbackState state_of(const std::string& text, const std::map<std::string, Array>& arrays,
                       const std::string& prefix) {
  CallbackState state{.text = text};
  for (auto array = arrays.lower_bound(prefix); array != arrays.end(); ++array) {
    if (!array->first.starts_with(prefix)) break;
    state.arrays[array->first.substr(prefix.size())] = array->second;
  }
  return state;
}

}  // namespace

Json Progress::to_json() const {
  Json texts = Json::array();
  for (const CallbackState& callback : callbacks) texts.push_back(callback.text);
  return {{"epoch", epoch},
          {"step", step},
          {"sums", sums},
          {"history", history.to_json()},
          {"callbacks", std::move(texts)},
          {"averages", averages.text}};
}

std::map<std::string, Array> Progress::arrays() const {
  std::map<std::string, Array> all;
  for (size_t i = 0; i < callbacks.size(); ++i) add(callbacks[i], prefix_of(i), all);
  add(averages, kAverages, all);
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
      progress.callbacks.push_back(state_of(text, arrays, prefix_of(progress.callbacks.size())));
    }
    progress.averages = state_of(json.at("averages").get<std::string>(), arrays, kAverages);
    if (progress.epoch >= 0 && progress.step >= 0) return progress;
  } catch (const nlohmann::json::exception&) {
  }
  throw InputError(where + ": where its training stood is not readable");
}

}  // namespace nudge::train
