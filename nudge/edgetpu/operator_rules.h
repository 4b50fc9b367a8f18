// Which operators the Edge TPU computes, and under which conditions: one row an operator.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "nudge/edgetpu/conditions.h"
#include "nudge/edgetpu/status.h"

namespace nudge::edgetpu {

struct OperatorRule {
  tflite::BuiltinOperator op = tflite::BuiltinOperator::kAdd;
  int32_t newest_version = 1;  // that the compiler maps
  std::span<const Condition> conditions;
};

// Every operator that can be mapped.
std::span<const OperatorRule> operator_rules();

struct Verdict {
  Status status = Status::kMapped;
  std::string reason;  // "" when mapped
};

// What the operator would get if it stood alone: without regard to the partition of the model.
Verdict judge(const OperatorView& op);

}  // namespace nudge::edgetpu
