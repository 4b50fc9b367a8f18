// The features of a tf.Example, found in a file without reading those that are not asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/data/file_window.h"

namespace nudge::data {

struct ExampleFeature {
  enum class Kind { kNone, kBytes, kFloats, kIntegers };
  Kind kind = Kind::kNone;  // kNone: there is no such feature
  uint64_t count = 0;       // values
  // Of bytes: where the first value lies in the file.
  uint64_t offset = 0;
  uint64_t size = 0;
  // Of integers: the first value.
  int64_t number = 0;
};

// One of each name, of the message in [begin, end) of the file; of a name that is there twice the last, as
// protobuf has it.  Throws InputError, starting with `where`, when the bytes are no tf.Example.
std::vector<ExampleFeature> find_features(FileWindow& file, uint64_t begin, uint64_t end,
                                          const std::vector<std::string>& names, const std::string& where);

// "'image/encoded', 'label'": the first ten, for messages.
std::string feature_names(FileWindow& file, uint64_t begin, uint64_t end, const std::string& where);

}  // namespace nudge::data
