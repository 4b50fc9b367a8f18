// The --loss flag: a loss by name, or "auto" for the one that goes with what the model ends in.
#pragma once

#include <memory>
#include <string>

#include "nudge/train/output_form.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

void add_loss_option(CLI::App& command, std::string& loss);

// Warns, naming the model, of a given loss that does not go with its outputs.
std::unique_ptr<train::Loss> chosen_loss(const std::string& model, const std::string& loss,
                                         const train::OutputForm& form);

}  // namespace nudge::cli
