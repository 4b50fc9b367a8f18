// What a model file may ask of its reader: bounds far above any real model, within which nothing runs out.
#pragma once

#include <cstdint>
#include <map>

#include "nudge/graph/model.h"

namespace nudge::keras {

// Counts what is made for one file.  Every method throws InputError at what is too much.
class ModelLimits {
 public:
  // A layer or a call that the file writes.
  void count_written(size_t count);
  // Before a layer is called: a nested model is as many calls as it holds, so that few may stand for
  // billions.
  void count_call(const Layer& layer);
  // Once a model is made: names the layer whose output or weight has more elements than any machine holds.
  void check(const Model& model);

 private:
  int64_t calls_of(const Layer& layer);

  int64_t written_ = 0;
  int64_t calls_ = 0;
  std::map<const Layer*, int64_t> calls_within_;
};

// Bytes that a file of weights for this model may have: its weights and an optimizer's averages in any type,
// with what HDF5 adds.
uint64_t weight_file_limit(const Model& model);

}  // namespace nudge::keras
