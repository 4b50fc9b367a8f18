// The 8-bit grid on a model's input, and how pixels get onto it.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "nudge/data/preprocess.h"
#include "nudge/graph/model.h"
#include "nudge/tflite/model.h"

namespace nudge::train {

// Code c of 0..255 stands for (c - zero_point) * scale.
struct InputGrid {
  float scale = 1.0f;
  int64_t zero_point = 0;
};

// Of the one input of a quantized model, or of a .tflite file, whatever type that takes.  Nothing where there
// is no such grid.
std::optional<InputGrid> input_grid(const Model& model);
std::optional<InputGrid> input_grid(const tflite::TfLiteModel& file);

// Whether pixel x is code x, to half a code: bytes 0..255 can go in as they are.
bool takes_bytes(const InputGrid& grid, const data::Preprocess& preprocess);

// On such a grid, what byte x stands for instead of what `preprocess` makes of it, at most half a step away
// ("tf" has its zero between two codes): no rounding is left to the runtime.  Otherwise `preprocess`.
data::Preprocess on_grid(const data::Preprocess& preprocess, const std::optional<InputGrid>& grid);

// What pixels 0..255 become; nothing where the channels differ, or zero is not between.
std::optional<std::pair<float, float>> pixel_range(const data::Preprocess& preprocess);

// A quantized model with its input on the grid of bytes 0..255, so that a uint8 file takes them as they are
// and training sees what the device will.  The model itself where there is no such grid or no quantizer on
// the input.
ModelPtr on_pixel_grid(const ModelPtr& quantized, const data::Preprocess& preprocess);

// One line for whoever feeds the file on a device: "input: uint8, a picture's bytes 0..255 as they are".
// `preprocess` is empty where the scaling of pixels is not known.
std::string feeding(const tflite::TfLiteModel& file, const std::optional<data::Preprocess>& preprocess);

}  // namespace nudge::train
