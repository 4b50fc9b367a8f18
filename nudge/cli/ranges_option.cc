#include "nudge/cli/ranges_option.h"

#include <CLI/CLI.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/number_check.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/range_rule.h"

namespace nudge::cli {

void add_ranges_option(CLI::App& command, RangesOption& option, const std::string& standard) {
  command
      .add_option("--ranges", option.rule,
                  "What moves activations' ranges in QAT: ema, learned or frozen (" + standard + ")")
      ->check(CLI::IsMember(quantize::range_rule_names()));
  command
      .add_option("--ranges-learning-rate", option.learning_rate,
                  "Of learned ranges, in powers of two a step (0.01)")
      ->check(positive_number());
}

void check(const RangesOption& option) {
  if (option.learning_rate && option.rule != "learned") {
    throw CLI::ValidationError("--ranges-learning-rate", "goes with --ranges learned");
  }
}

void apply(const RangesOption& option, Model& model) {
  if (option.rule.empty()) return;
  if (!quantize::is_quantized(model)) {
    throw ValueError("--ranges " + option.rule + ": model '" + model.name() +
                     "' is not quantized; nudge quantize makes it so");
  }
  quantize::set_range_rule(model, quantize::range_rule_from_name(option.rule),
                           option.learning_rate.value_or(quantize::LearnedOptions().learning_rate));
}

}  // namespace nudge::cli
