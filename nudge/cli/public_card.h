// What a model's card says, in the words of TFLite Metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nudge/deploy/public_metadata.h"
#include "nudge/keras/model_card.h"
#include "nudge/train/input_grid.h"

namespace nudge::cli {

// `channels`: of the images that the model takes; 0: it takes none.  `grid`: of the file's input, on which
// the pixels then lie.  Scalings that TFLite Metadata cannot say (`caffe`, which swaps channels, and what is
// scaled elsewhere) are left out.
deploy::PublicMetadata public_metadata(const std::string& name, const keras::ModelCard& card,
                                       int64_t channels, const std::optional<train::InputGrid>& grid);

}  // namespace nudge::cli
