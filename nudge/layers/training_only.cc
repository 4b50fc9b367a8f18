#include "nudge/layers/training_only.h"

#include <set>
#include <string>

#include "nudge/layers/random_image.h"

namespace nudge::layers {

bool acts_in_training_only(const Layer& layer) {
  static const std::set<std::string> classes{"ActivityRegularization", "AlphaDropout",     "Dropout",
                                             "GaussianDropout",        "GaussianNoise",    "SpatialDropout1D",
                                             "SpatialDropout2D",       "SpatialDropout3D", "StochasticDepth"};
  return classes.contains(layer.class_name()) || dynamic_cast<const RandomImage*>(&layer) != nullptr;
}

}  // namespace nudge::layers
