// Files damaged at random, as disks, networks and people damage them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/base/random.h"

namespace nudge::fuzz {

// A few bytes changed, a part left out, doubled or moved, or the end cut off.
std::vector<std::byte> mutate_bytes(std::span<const std::byte> bytes, Random& random);

// One to three values replaced by ones of another type or size, left out, doubled or exchanged.
Json mutate_json(const Json& json, Random& random);

}  // namespace nudge::fuzz
