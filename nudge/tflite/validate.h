// The checks that every model passes before it is computed with or written.
#pragma once

#include <string>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// Whether scales that are not positive and finite are refused.  Nothing can be computed with them; a file can
// be looked at.
enum class Scales { kPositive, kAny };

// Indexes of tensors and subgraphs within range, shapes not negative, constants as long as their shapes
// say, quantization of as many scales as the shape has room for and all of them positive.  Throws InputError
// that starts with `where` (a file) and names the tensor or operator.
void validate(const TfLiteModel& model, const std::string& where, Scales scales = Scales::kPositive);

}  // namespace nudge::tflite
