// From a model to operations on values that steps can be made for.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nudge/ops/program.h"
#include "nudge/plan/plan.h"
#include "nudge/plan/values.h"

namespace nudge::plan {

struct Lowered {
  ops::Program program;  // with its quantizers
  std::unique_ptr<quantize::Ranges> ranges;
  Values values;  // by the program's ids
  std::vector<Parameter> parameters;
  std::vector<ValueId> parameter_values;
  std::map<std::string, ValueId> layer_outputs;  // of a shared layer its last call's

  // Of a Quantize; null for another operation.
  quantize::Range* range(const ops::Operation& operation) const;
};

// Throws ValueError when a weight has no values.
Lowered lower(const ModelPtr& model);

}  // namespace nudge::plan
