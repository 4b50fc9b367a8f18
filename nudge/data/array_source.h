// A data set of arrays, in memory or in one .npz file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/data/npz.h"
#include "nudge/data/source.h"

namespace nudge::data {

// Arrays of as many items each, (N, ...), by name.  A model takes those named as its inputs and outputs, or
// x and y: pictures or samples, and their labels.  Integers of y (N) or (N, 1), from 0, make classes, named
// by their numbers; without them there are none.  Items are "00000", "00001", ...  `name` stands in messages.
// `splits` holds each item's part of the data; without them balanced_splits does.  Throws InputError.
std::shared_ptr<const Source> from_arrays(Archive arrays, const std::string& name = "the arrays",
                                          std::vector<Split> splits = {});

// The arrays of a .npz file, as Keras's own small sets come.
std::shared_ptr<const Source> open_npz_source(const std::string& path);

// The arrays of these .npy files, named as the files are.
std::shared_ptr<const Source> open_npy_arrays(const std::string& spec, const std::vector<std::string>& files);

}  // namespace nudge::data
