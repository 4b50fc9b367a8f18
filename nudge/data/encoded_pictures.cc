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

ItemSplits splits_of_items(const std::vector<std::string>& files, const std::vector<int32_t>& labels,
                           const std::function<size_t(size_t item)>& file_of,
                           const std::function<std::string(size_t item)>& name_of) {
  if (const auto of_files = splits_by_file_name(files)) {
    ItemSplits parts{.given = true};
    for (size_t item = 0; item < labels.size(); ++item) parts.splits.push_back((*of_files)[file_of(item)]);
    return parts;
  }
  std::vector<std::string> names;
  for (size_t item = 0; item < labels.size(); ++item) names.push_back(name_of(item));
  return {.splits = balanced_splits(names, labels)};
}

}  // namespace nudge::data
