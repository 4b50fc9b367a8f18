// A nested model beside its flat twin: their files must be the same bytes.
#pragma once

#include <cstddef>
#include <vector>

#include "nudge/convert/convert.h"
#include "nudge/data/loader.h"
#include "nudge/post_training/quantize_model.h"
#include "nudge/tflite/writer.h"

namespace nudge::post_training {

// Of the model quantized on the first batches of the data.
inline std::vector<std::byte> quantized_file(const Model& model, data::Loader& data) {
  data.seek(0, 0);
  return tflite::serialize(convert::convert(*quantize_model(model, data, {.batches = 2})).file);
}

}  // namespace nudge::post_training
