// Items that are files of their own: pictures, wherever somebody has found them listed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/data/source.h"

namespace nudge::data {

struct ItemFile {
  std::string name;  // its path from the root, the item's name
  int32_t label = 0;
  Split split = Split::kTrain;
};

// The splits by the items' names and labels (balanced_splits).
void split_by_name(std::vector<ItemFile>& items);

// `spec` stands in messages.
std::shared_ptr<const Source> make_picture_files(const std::string& spec, const std::string& root,
                                                 std::vector<std::string> classes,
                                                 const std::vector<ItemFile>& items);

}  // namespace nudge::data
