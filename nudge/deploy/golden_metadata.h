// Golden vectors that ride in a .tflite file's metadata.
#pragma once

#include <string>
#include <vector>

#include "nudge/deploy/golden.h"
#include "nudge/tflite/model.h"

namespace nudge::deploy {

// Replaces those that the file has; none removes them.  All vectors must be of one form.
void set_golden(tflite::TfLiteModel& file, const std::vector<GoldenVector>& vectors);

// Those that a file carries; empty where it has none.  Throws InputError, naming `where`, on metadata that
// are damaged or do not fit the graph.
std::vector<GoldenVector> golden_vectors(const tflite::TfLiteModel& file, const std::string& where);

}  // namespace nudge::deploy
