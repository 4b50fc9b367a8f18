#include "nudge/data/encoded_pictures.h"

#include <span>
#include <utility>

#include "nudge/data/image.h"
#include "nudge/data/resize.h"

namespace nudge::data {

EncodedPictures::EncodedPictures(std::string spec, std::vector<std::string> classes,
                                 std::vector<int32_t> labels, std::vector<Split> splits)
    : spec_(std::move(spec)),
      classes_(std::move(classes)),
      labels_(std::move(labels)),
      splits_(std::move(splits)) {}

ImageSize EncodedPictures::stored_size(int64_t item) const {
  const Encoded encoded = read(item);
  return image_size(std::span(encoded.bytes).subspan(encoded.begin, encoded.size), place(item));
}

Array EncodedPictures::load(int64_t item, ImageSize size) const {
  check_image_size(size);
  const Encoded encoded = read(item);
  const auto picture = std::span(encoded.bytes).subspan(encoded.begin, encoded.size);
  return resize_stored(decode_image(picture, place(item), {.target = size}), size);
}

}  // namespace nudge::data
