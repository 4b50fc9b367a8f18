#include "nudge/data/tf_flowers.h"

#include "nudge/download/cached_folder.h"

namespace nudge::data {

std::string tf_flowers_folder(const download::Progress& progress) {
  return download::cached_folder(
      {.url = "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz",
       .hash = "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c",
       .bytes = 228'813'984,
       .name = "flower_photos"},
      progress);
}

}  // namespace nudge::data
