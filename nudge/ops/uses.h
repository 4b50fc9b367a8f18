// Who makes and who reads the values of a program.
#pragma once

#include <vector>

#include "nudge/ops/program.h"

namespace nudge::ops {

class Uses {
 public:
  explicit Uses(const Program& program);

  // Index of the operation that makes a value; -1 for a model's input or a weight.
  int maker(ValueId value) const { return maker_[static_cast<size_t>(value)]; }
  // The one operation that reads a value; -1 when several do, or when it is a model's output.
  int only_reader(ValueId value) const;
  // Somebody beside the operations reads the value too.
  void add_reader(ValueId value);
  // A model's output counts as once more.
  int reads(ValueId value) const { return reads_[static_cast<size_t>(value)]; }

 private:
  std::vector<int> maker_;
  std::vector<int> reader_;  // the last
  std::vector<int> reads_;
};

}  // namespace nudge::ops
