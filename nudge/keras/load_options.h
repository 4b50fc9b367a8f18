// How a model file is read.
#pragma once

#include <cstdint>

namespace nudge::keras {

struct LoadOptions {
  // Height and width of the images, for a model that takes images of any size; 0: such a model is refused.
  int64_t image_size = 0;
};

}  // namespace nudge::keras
