// From a model to operations on values: nested models and quantizer wrappers are gone.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/plan/operation.h"
#include "nudge/plan/plan.h"

namespace nudge::plan {

struct Program {
  ModelPtr model;  // flat
  std::unique_ptr<quantize::Ranges> ranges;
  Values values;
  std::vector<Operation> operations;  // each after what it reads
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<Parameter> parameters;
  std::vector<ValueId> parameter_values;
  std::map<std::string, ValueId> layer_outputs;  // of a shared layer its last call's
};

// Throws ValueError when a weight has no values.
Program lower(const ModelPtr& model);

}  // namespace nudge::plan
