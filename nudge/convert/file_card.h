// The model card in a .tflite file's metadata.
#pragma once

#include "nudge/keras/model_card.h"
#include "nudge/tflite/model.h"

namespace nudge::convert {

// Replaces the card that the file has.
void set_model_card(tflite::TfLiteModel& file, const keras::ModelCard& card);

// An empty card where the file has none.  Throws InputError on one that is not readable.
keras::ModelCard model_card(const tflite::TfLiteModel& file);

}  // namespace nudge::convert
