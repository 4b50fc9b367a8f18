// The built-in data set: five classes of flowers drawn from a seed, at any size.
//
// The classes differ in form (petals, discs, cups, filaments); petal colours, backgrounds, pose, scale, light
// and occlusion are shared, so that a picture's colours alone do not give its class away.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "nudge/base/array.h"
#include "nudge/data/source.h"
#include "nudge/data/source_spec.h"

namespace nudge::data {

struct FlowerOptions {
  // Pictures in all; classes take turns.
  int64_t count = 2000;
  uint64_t seed = 0;
};

// daisy, dandelion, roses, sunflowers, tulips.
const std::vector<std::string>& flower_classes();

// One picture, uint8 (height, width, 3).  The scene follows from class, seed and item; the size only
// decides how finely it is drawn.
Array draw_flower(int32_t label, uint64_t seed, int64_t item, ImageSize size);

std::shared_ptr<const Source> make_flowers(const FlowerOptions& options);
// From "builtin:flowers" or "builtin:flowers?count=N&seed=S"; throws InputError on anything else.
std::shared_ptr<const Source> open_flowers(const SourceSpec& spec);

// Writes the set as PNG files in a folder a class; the folder appears whole (nudge/base/temporary.h).
// Throws OutputError, and ValueError on an impossible count or size.
void write_flowers(const std::string& folder, const FlowerOptions& options, ImageSize size);

}  // namespace nudge::data
