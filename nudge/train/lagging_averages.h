// Whether validation is low only because batch normalisation's moving averages are behind.
#pragma once

#include <string>

#include "nudge/data/batch_stream.h"

namespace nudge::train {

class Trainer;

// One line that says so, with what the validation of its first batches gives when the averages are theirs;
// empty where that gives no more.  The model is left as it was.
std::string advice_on_lagging_averages(Trainer& trainer, data::BatchStream& validation);

}  // namespace nudge::train
