// A model's weights as they were at one moment, with its ranges and how far those had come.
#pragma once

#include <map>
#include <string>

#include "nudge/graph/model.h"

namespace nudge::train {

class ModelSnapshot {
 public:
  ModelSnapshot() = default;
  // Copies.
  explicit ModelSnapshot(Model& model);
  // What arrays() gave.
  explicit ModelSnapshot(std::map<std::string, Array> arrays) : arrays_(std::move(arrays)) {}

  bool empty() const { return arrays_.empty(); }
  // By names of this class's own.
  const std::map<std::string, Array>& arrays() const { return arrays_; }
  // Into the arrays that the model has, which a plan may be working on.  Throws InputError, before anything
  // is changed, where it is of another model.
  void restore(Model& model) const;

 private:
  std::map<std::string, Array> arrays_;
};

}  // namespace nudge::train
