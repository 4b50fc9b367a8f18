#include "nudge/cli/loss_option.h"

#include <CLI/CLI.hpp>

#include "nudge/base/log.h"

namespace nudge::cli {

void add_loss_option(CLI::App& command, std::string& loss) {
  std::vector<std::string> words{"auto"};
  words.insert(words.end(), train::loss_names().begin(), train::loss_names().end());
  command
      .add_option("--loss", loss,
                  "sparse_categorical_crossentropy, categorical_crossentropy or binary_crossentropy, each "
                  "also with _from_logits (auto: what goes with the model's outputs)")
      ->check(CLI::IsMember(words));
}

std::unique_ptr<train::Loss> chosen_loss(const std::string& model, const std::string& loss,
                                         const train::OutputForm& form) {
  auto chosen = loss == "auto" ? train::loss_for(form) : train::loss_from_name(loss);
  const std::string mismatch = train::loss_mismatch(form, *chosen);
  if (!mismatch.empty()) log_warning(model + ": " + mismatch);
  return chosen;
}

}  // namespace nudge::cli
