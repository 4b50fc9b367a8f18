#include "nudge/cli/weights_option.h"

#include <fmt/format.h>

#include "nudge/base/log.h"
#include "nudge/cli/download_progress.h"
#include "nudge/keras/imagenet.h"

namespace nudge::cli {
namespace {

// "'a', 'b', 'c' and 12 more"
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kShown; ++i) text += (i == 0 ? "'" : ", '") + names[i] + "'";
  return names.size() <= kShown ? text : fmt::format("{} and {} more", text, names.size() - kShown);
}

void tell(const keras::LoadedWeights& loaded, const std::string& file) {
  std::vector<std::string> facts;
  if (!loaded.missing.empty()) {
    facts.push_back(fmt::format("has nothing for {} of the model, which {} as it was", listed(loaded.missing),
                                loaded.missing.size() == 1 ? "stays" : "stay"));
  }
  if (!loaded.unused.empty()) {
    facts.push_back(
        fmt::format("its {} {} not used", listed(loaded.unused), loaded.unused.size() == 1 ? "is" : "are"));
  }
  if (!facts.empty()) log_info(fmt::format("{}: {}", file, fmt::join(facts, "; ")));
}

}  // namespace

void apply_weights(Model& model, const std::string& file) {
  tell(keras::load_weights(model, file, {.head = keras::HeadWeights::kMayDiffer}), file);
}

void apply_imagenet_weights(Model& model, const applications::PretrainedFile& file) {
  if (file.other_image_size) {
    log_warning(fmt::format("{}: Keras publishes no weights for this image size; those for {} are taken",
                            model.name(), file.image_size));
  }
  tell(keras::load_imagenet_weights(model, file, DownloadProgress(stderr, file.name)), file.name);
}

}  // namespace nudge::cli
