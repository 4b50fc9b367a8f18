// Where a run of training stands, to go on from there as if it had not ended.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/base/json.h"
#include "nudge/train/callback.h"
#include "nudge/train/history.h"

namespace nudge::train {

struct Progress {
  int epoch = 0;                                    // that is running
  int64_t step = 0;                                 // of it: the next one
  std::map<std::string, std::vector<double>> sums;  // of its items so far: Tally::sums()
  History history;                                  // of the whole epochs
  std::vector<CallbackState> callbacks;             // Callback::state() of each
  CallbackState averages;                           // MovingAverages::state()

  // All but the callbacks' arrays, which are those of arrays() by its names.
  Json to_json() const;
  std::map<std::string, Array> arrays() const;
  // Arrays of other names are passed over.  Throws InputError naming `where` when it is not of that form.
  static Progress from_json(const Json& json, const std::map<std::string, Array>& arrays,
                            const std::string& where);
};

}  // namespace nudge::train
