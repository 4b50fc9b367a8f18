// Pictures that are in a data set twice: a test image that was trained on says nothing.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "nudge/data/source.h"

namespace nudge::data {

struct Duplicate {
  int64_t first = 0, second = 0;  // items, in ascending order
  // Whether the pixels are the same at 64 x 64; else they look alike: the same picture scaled or packed
  // otherwise.
  bool same = false;
};

struct Duplicates {
  // Of different splits, and of one split but different classes.
  std::vector<Duplicate> between_splits, between_classes;
  // Others, which only weigh more: how many.
  int64_t within = 0;
};

// Looks at every picture, at 64 x 64, on all threads; ones that cannot be read are passed over, and so are
// ones that hold next to nothing.
Duplicates find_duplicates(const Source& source);

}  // namespace nudge::data
