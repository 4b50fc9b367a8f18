// What a source holds, for people and scripts to look at before training on it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/data/source.h"

namespace nudge::data {

struct ClassCount {
  std::string name;
  int64_t train = 0;
  int64_t validation = 0;
  int64_t test = 0;
};

struct Description {
  std::string spec;
  int64_t count = 0;
  int64_t channels = 3;             // 0 where there are no pictures
  std::vector<ClassCount> classes;  // none where items have no class
  std::vector<StoredArray> arrays;  // what is stored as arrays
  // The least and most of each side; {0, 0} where pictures are drawn at any size.
  ImageSize smallest;
  ImageSize largest;
  // Of the training items: those of the largest class for each of the smallest; 0 without classes, and where
  // one has none.
  double imbalance = 0.0;
  std::vector<std::string> damaged;  // what cannot be read, a line each
};

// Reads every picture's header, and a record's checksum, so that a file that is no image is found here.
Description describe(const Source& source);

// {"source", "count", "channels", "classes": [{"name", "train", "validation", "test"}],
//  "arrays": [{"name", "shape", "type"}],  "smallest": {"height", "width"} or null, "largest": ...,
//  "imbalance", "damaged": [...]}
Json to_json(const Description& description);

}  // namespace nudge::data
