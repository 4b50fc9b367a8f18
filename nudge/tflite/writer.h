// Writes .tflite files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// Constants lie at multiples of 16 bytes and equal ones are stored once.  Metadata "min_runtime_version" is
// added when the model has none.  Throws ValueError when the model is inconsistent (validate.h), and
// UnsupportedError when it holds UnknownOptions or would exceed the format's 2 GB.
std::vector<std::byte> serialize(const TfLiteModel& model);

// Replaces the file at once or not at all; throws OutputError too.
void write(const TfLiteModel& model, const std::string& path);

}  // namespace nudge::tflite
