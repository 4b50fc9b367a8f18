// What a model's card says, in the words of TFLite Metadata.
#pragma once

#include <cstdint>
#include <string>

#include "nudge/deploy/public_metadata.h"
#include "nudge/keras/model_card.h"

namespace nudge::cli {

// `channels`: of the images that the model takes; 0: it takes none.  Scalings that TFLite Metadata cannot say
// (`caffe`, which swaps channels, and what is scaled elsewhere) are left out.
deploy::PublicMetadata public_metadata(const std::string& name, const keras::ModelCard& card,
                                       int64_t channels);

}  // namespace nudge::cli
