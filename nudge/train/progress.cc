#include "nudge/train/progress.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::train {

Json Progress::to_json() const {
  return {{"epoch", epoch},
          {"step", step},
          {"sums", sums},
          {"history", history.to_json()},
          {"callbacks", callbacks}};
}

Progress Progress::from_json(const Json& json, const std::string& where) {
  try {
    Progress progress{.epoch = json.at("epoch").get<int>(),
                      .step = json.at("step").get<int64_t>(),
                      .sums = json.at("sums").get<std::map<std::string, std::vector<double>>>(),
                      .history = History::from_json(json.at("history"), where),
                      .callbacks = json.at("callbacks").get<std::vector<std::string>>()};
    if (progress.epoch >= 0 && progress.step >= 0) return progress;
  } catch (const nlohmann::json::exception&) {
  }
  throw InputError(where + ": where its training stood is not readable");
}

}  // namespace nudge::train
