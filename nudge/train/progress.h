// Where a run of training stands, to go on from there as if it had not ended.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/train/history.h"

namespace nudge::train {

struct Progress {
  int epoch = 0;            // that is running
  int64_t step = 0;         // of it: the next one
  double loss_sum = 0;      // of its items so far
  double accuracy_sum = 0;  // the same
  int64_t items = 0;
  History history;                     // of the whole epochs
  std::vector<std::string> callbacks;  // Callback::state() of each

  double loss() const { return items == 0 ? 0.0 : loss_sum / static_cast<double>(items); }
  double accuracy() const { return items == 0 ? 0.0 : accuracy_sum / static_cast<double>(items); }

  Json to_json() const;
  // Throws InputError naming `where` when it is not of that form.
  static Progress from_json(const Json& json, const std::string& where);
};

}  // namespace nudge::train
