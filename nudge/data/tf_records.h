// Data sets in TFRecord files of tf.Example, as TensorFlow Datasets writes them: pictures stay encoded in the
// files, of which only the places are kept, so that sets larger than memory are read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/data/source.h"
#include "nudge/data/source_spec.h"

namespace nudge::data {

// `files` are read in their order.  Options of the spec:
//   image=NAME  the feature that holds the encoded picture ("image")
//   label=NAME  the feature that holds the class ("label"): one number, or one text, whose sorted values
//               are the classes
//   first=N     the number of the first class (0)
// Numbers are named by the lines of a file LABEL.labels.txt beside the records, where there is one.  The
// names of the files say the splits where they are of several (splits_by_file_name), else balanced_splits
// are.
//
// Lengths and labels are looked at now; a record's checksum when it is loaded, and of the first of each
// class. Records that are damaged, and what is behind a damaged length, are left out (Source::damaged).
// Throws InputError where the features are not there, or no sound record is.
std::shared_ptr<const Source> open_tf_records(const SourceSpec& spec, const std::vector<std::string>& files);

}  // namespace nudge::data
