// Which items train, which validate and which test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nudge::data {

class Source;

enum class Split { kTrain, kValidation, kTest, kAll };

// "train", "validation", "test", "all".
std::string to_string(Split split);
// Throws ValueError on another word.
Split split_from_string(const std::string& word);

// The part an item of a source without splits belongs to: 80/10/10 by a hash of its name, so that it
// stays where it is when other items come and go.
Split split_of(const std::string& item_name);

// The part of each item by split_of; but where a class of three items or more would have none in a part, the
// item of lowest hash in the part that has most of the class goes there.  So only small classes are touched.
std::vector<Split> balanced_splits(const std::vector<std::string>& item_names,
                                   const std::vector<int32_t>& labels);

// What the names of a data set's files say, "flowers-train.tfrecord-00000-of-00002", by the words train, val
// or validation, and test or t10k: of each the part; nothing where not all of them name at least train and
// another. Throws InputError where only some files name a part.
std::optional<std::vector<Split>> splits_by_file_name(const std::vector<std::string>& paths);

// Warns, in one line, of classes without validation or test items; not of a part that a source which brings
// its own parts (`given`) does not have at all.
void warn_of_missing(const Source& source, bool given);

}  // namespace nudge::data
