// What sources of encoded pictures share, wherever these lie: items with a class and a part of the data.
#pragma once

#include <cstddef>
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

}  // namespace nudge::data
