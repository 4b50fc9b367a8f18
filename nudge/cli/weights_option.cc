#include "nudge/cli/weights_option.h"

#include <fmt/format.h>

#include "nudge/base/log.h"
#include "nudge/keras/weight_file.h"

namespace nudge::cli {
namespace {

// "'a', 'b' and 12 more"
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kShown; ++i) text += (i == 0 ? "'" : ", '") + names[i] + "'";
  return names.size() <= kShown ? text : fmt::format("{} and {} more", text, names.size() - kShown);
}

}  // namespace

void apply_weights(Model& model, const std::string& file) {
  const keras::LoadedWeights loaded = keras::load_weights(model, file);
  if (!loaded.missing.empty())
    log_info(fmt::format("{}: has no weights for {}", file, listed(loaded.missing)));
  if (!loaded.unused.empty())
    log_info(fmt::format("{}: its {} not used", file,
                         listed(loaded.unused) + (loaded.unused.size() == 1 ? " is" : " are")));
}

}  // namespace nudge::cli
