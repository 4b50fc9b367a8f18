#include "nudge/data/picture_files.h"

#include <filesystem>
#include <utility>

#include "nudge/base/file.h"
#include "nudge/data/encoded_pictures.h"

namespace nudge::data {
namespace {

class PictureFiles : public EncodedPictures {
 public:
  PictureFiles(const std::string& spec, std::filesystem::path root, std::vector<std::string> classes,
               const std::vector<ItemFile>& items)
      : EncodedPictures(spec, std::move(classes), labels_of(items), splits_of(items)),
        root_(std::move(root)) {
    for (const ItemFile& item : items) names_.push_back(item.name);
  }

  std::string item_name(int64_t item) const override { return names_.at(static_cast<size_t>(item)); }

 protected:
  Encoded read(int64_t item) const override {
    std::vector<std::byte> bytes = read_file(place(item));
    const size_t size = bytes.size();
    return {std::move(bytes), 0, size};
  }
  std::string place(int64_t item) const override { return (root_ / item_name(item)).string(); }

 private:
  static std::vector<int32_t> labels_of(const std::vector<ItemFile>& items) {
    std::vector<int32_t> labels;
    for (const ItemFile& item : items) labels.push_back(item.label);
    return labels;
  }
  static std::vector<Split> splits_of(const std::vector<ItemFile>& items) {
    std::vector<Split> splits;
    for (const ItemFile& item : items) splits.push_back(item.split);
    return splits;
  }

  std::filesystem::path root_;
  std::vector<std::string> names_;
};

}  // namespace

void split_by_name(std::vector<ItemFile>& items) {
  std::vector<std::string> names;
  std::vector<int32_t> labels;
  for (const ItemFile& item : items) {
    names.push_back(item.name);
    labels.push_back(item.label);
  }
  const std::vector<Split> splits = balanced_splits(names, labels);
  for (size_t i = 0; i < items.size(); ++i) items[i].split = splits[i];
}

std::shared_ptr<const Source> make_picture_files(const std::string& spec, const std::string& root,
                                                 std::vector<std::string> classes,
                                                 const std::vector<ItemFile>& items) {
  return std::make_shared<PictureFiles>(spec, root, std::move(classes), items);
}

}  // namespace nudge::data
