// What moves the ranges of a quantized model's activations in training.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/quantize/learned_quantizer.h"

namespace nudge::quantize {

enum class RangeRule {
  kMovingAverage,  // the batches
  kLearned,        // the loss's gradient
  kFrozen,         // nothing: they stay where calibration or training before left them
};

// "ema", "learned" or "frozen"; throws ValueError naming all.
RangeRule range_rule_from_name(const std::string& name);
const std::vector<std::string>& range_rule_names();

// Gives the rule to every range that has one of these now, in place; where the ranges are, and what they know
// of their movement, stays.  Call it before a plan or Trainer is made for the model.  Ranges of weights,
// fixed ones and an input's are no concern of it.  Throws ValueError when the model has no such range, or on
// a learning rate that is not above 0.
void set_range_rule(Model& quantized, RangeRule rule, double learning_rate = LearnedOptions().learning_rate);

}  // namespace nudge::quantize
