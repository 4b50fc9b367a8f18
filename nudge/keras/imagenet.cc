#include "nudge/keras/imagenet.h"

#include "nudge/download/keras_cache.h"

namespace nudge::keras {

LoadedWeights load_imagenet_weights(Model& model, const applications::PretrainedFile& file,
                                    const download::Progress& progress) {
  constexpr int64_t kMaxBytes = int64_t{2} << 30;
  const std::string path = download::cached_file(
      "models", file.name, file.url, {.hash = file.hash, .max_bytes = kMaxBytes, .progress = progress});
  return load_weights(model, path, {.head = file.top ? HeadWeights::kMustFit : HeadWeights::kMayDiffer});
}

}  // namespace nudge::keras
