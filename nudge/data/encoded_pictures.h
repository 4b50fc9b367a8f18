// What sources of encoded pictures share, wherever these lie: items with a class and a part of the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nudge/data/source.h"

namespace nudge::data {

class EncodedPictures : public Source {
 public:
  const std::string& spec() const override { return spec_; }
  int64_t size() const override { return static_cast<int64_t>(labels_.size()); }
  const std::vector<std::string>& class_names() const override { return classes_; }
  int32_t label(int64_t item) const override { return labels_.at(static_cast<size_t>(item)); }
  Split split(int64_t item) const override { return splits_.at(static_cast<size_t>(item)); }
  ImageSize stored_size(int64_t item) const override;
  Array load(int64_t item, ImageSize size) const override;

 protected:
  // One label and split an item.
  EncodedPictures(std::string spec, std::vector<std::string> classes, std::vector<int32_t> labels,
                  std::vector<Split> splits);

  struct Encoded {
    std::vector<std::byte> bytes;
    // Where in them the picture lies.
    size_t begin = 0, size = 0;
  };
  // Throws InputError naming the item.
  virtual Encoded read(int64_t item) const = 0;
  // The item with its file, for messages.
  virtual std::string place(int64_t item) const = 0;

 private:
  std::string spec_;
  std::vector<std::string> classes_;
  std::vector<int32_t> labels_;
  std::vector<Split> splits_;
};

// The part of each item, in the order of the labels.
struct ItemSplits {
  std::vector<Split> splits;
  bool given = false;  // by the files' names
};

// As the names of the files say (splits_by_file_name), else by the items' own (balanced_splits), which are
// asked for only then.
ItemSplits splits_of_items(const std::vector<std::string>& files, const std::vector<int32_t>& labels,
                           const std::function<size_t(size_t item)>& file_of,
                           const std::function<std::string(size_t item)>& name_of);

}  // namespace nudge::data
