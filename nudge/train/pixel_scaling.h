// How pixels are prepared for a model: what was asked for, or else what is known of it.
#pragma once

#include <optional>
#include <string>

#include "nudge/data/preprocess.h"
#include "nudge/graph/model.h"
#include "nudge/keras/model_card.h"
#include "nudge/train/input_grid.h"

namespace nudge::train {

struct ScalingQuestion {
  std::string model_name;         // for messages
  std::string asked = "auto";     // "auto", or the words of data::Preprocess
  keras::ModelCard card;          // the file's; empty where it has none
  const Model* model = nullptr;   // null where there are no layers to look at
  std::string application;        // the scaling of the application that was built by name; empty: none was
  std::string data_name;          // for messages
  bool float_data = false;        // the data are floats, not pixels 0..255
  std::optional<InputGrid> grid;  // of the file's input, where there is no model
};

struct PixelScaling {
  // For the Loader.  On the grid of a quantized model's input that takes bytes (input_grid.h).
  data::Preprocess preprocess;
  bool pixels = true;  // the data are pixels 0..255, or are told to be
  // For the card: what pixels 0..255 need from now on, keras::ModelCard::kScaledElsewhere where nobody knows.
  std::string kept;
  // What was taken for granted, a line for people; empty where it was told or is known.
  std::string assumption;
};

// What was asked for.  Of "auto", for pixels: what the card says; none where the model scales them itself
// (model_pixels.h); what the application says; what Keras does for an architecture with such layers.
// Floats are taken as they are, because somebody has prepared them: nothing is scaled twice.
// Nothing where none of these is known.  Throws ValueError on an unknown word, InputError on one in the card.
std::optional<PixelScaling> known_pixel_scaling(const ScalingQuestion& question);

// The same; throws ValueError saying what to give when nothing is known.
PixelScaling pixel_scaling(const ScalingQuestion& question);

}  // namespace nudge::train
