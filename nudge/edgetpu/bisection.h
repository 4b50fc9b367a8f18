// Which operator a failing compilation fails at: each alone, then ranges of them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::edgetpu {

// The operators `first` to `last`, cut out of the model, fail too.
struct Culprit {
  size_t first = 0;
  size_t last = 0;
  std::string failure;
};

// Tells why a part of the model cannot be compiled; "" when it can.
using Trial = std::function<std::string(size_t first, size_t last)>;

// Tries each of the operators `candidates` alone and gives those that fail.  When none does, searches the
// shortest range that fails: the first operator up to which the model fails, then the last from which it
// does; this takes that what contains a failing part fails too.  Empty when no part fails alone.
std::vector<Culprit> find_culprits(size_t operators, const std::vector<size_t>& candidates,
                                   const Trial& trial);

}  // namespace nudge::edgetpu
