// The --loss, --loss-weights and --metrics flags: what each output is trained for and what is told of it.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/train/feed.h"
#include "nudge/train/objective.h"
#include "nudge/train/output_form.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

// Each a SPEC (spec.h) for every output, or OUTPUT=SPEC for one, which goes before.
struct ObjectiveOptions {
  std::vector<std::string> losses;   // none, or "auto": what goes with what an output ends in and its target
  std::vector<std::string> metrics;  // none: accuracy of an output that classifies, else mean_absolute_error
  std::vector<std::string> weights;  // OUTPUT=NUMBER; 1
};

// --loss and --metrics, and of training --loss-weights.
void add_objective_options(CLI::App& command, ObjectiveOptions& options, bool training);

struct ChosenObjective {
  train::Objective objective;
  std::string losses;                   // "OUTPUT=NAME,..." or, of one output, NAME
  std::vector<std::string> said;        // a line for each loss that was chosen here
  std::vector<std::string> mismatches;  // for each given one that does not go with its output
};

// Of outputs that have a target.  Throws ValueError on an output that the model does not have, InputError
// where the data have no target at all.
ChosenObjective chosen_objective(const std::string& model, const ObjectiveOptions& options,
                                 const std::vector<train::OutputForm>& forms, const train::Feed& feed,
                                 const std::string& data);

Json to_json(const ObjectiveOptions& options);
// Throws what nlohmann::json does.
ObjectiveOptions objective_options_from(const Json& json);

// "loss 0.1234, accuracy 0.9876": loss first.
std::string metrics_text(const train::Logs& metrics);

}  // namespace nudge::cli
