// IDX files, in which MNIST and its like come: arrays of one type, compressed by gzip or not.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "nudge/base/array.h"

namespace nudge::data {

// "train-images-idx3-ubyte", "train-labels.idx1-ubyte.gz" or the like.
bool is_idx(const std::string& path);

// `name` stands in messages.  Throws InputError on damage; sizes are checked before memory is taken.
Array decode_idx(std::span<const std::byte> bytes, const std::string& name);
Array read_idx(const std::string& path);

}  // namespace nudge::data
