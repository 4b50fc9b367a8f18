// --ranges and --ranges-learning-rate: what moves the ranges of activations.
#pragma once

#include <optional>
#include <string>

#include "nudge/graph/model.h"

namespace CLI {
class App;
}

namespace nudge::cli {

struct RangesOption {
  std::string rule;                     // "ema", "learned" or "frozen"; "": as the model has it
  std::optional<double> learning_rate;  // with "learned"
};

void add_ranges_option(CLI::App& command, RangesOption& option, const std::string& standard);

// Wrong usage where a rate stands without learned ranges.
void check(const RangesOption& option);

// Throws ValueError naming the flag when the model has no such ranges.
void apply(const RangesOption& option, Model& model);

}  // namespace nudge::cli
