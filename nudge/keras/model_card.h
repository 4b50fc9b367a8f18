// What a model's file says of the model beside its layers: its pixels, its classes, where it comes from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/base/json.h"

namespace nudge::keras {

// How a model came to its weights, in short; epoch by epoch it is train::History's to say.
struct TrainingRecord {
  int64_t epochs = 0;      // all that nudge trained
  int64_t qat_epochs = 0;  // those of them with quantization simulated
  std::string loss;        // of the last training, by Keras's name; empty: none yet
  std::string optimizer;
};

struct ModelCard {
  // The training data were not pixels 0..255 but arrays that somebody had scaled before.
  static constexpr const char* kScaledElsewhere = "unknown";

  // From pixels 0..255 to the model's input, in the words of data::Preprocess ("tf", "0.5,-1");
  // kScaledElsewhere; empty: nothing is known.
  std::string preprocessing;
  std::vector<std::string> classes;  // in the order of the model's outputs; empty: not known
  // Of the images that the model takes; 0: not known.
  int64_t image_height = 0;
  int64_t image_width = 0;
  std::string origin;  // of a .tflite file: "float", "ptq" or "qat"
  TrainingRecord trained;
};

// An object with the keys "preprocessing", "classes", "image_size" ([height, width]), "origin" and "trained",
// each only where something is known.
Json to_json(const ModelCard& card);
// Other keys are somebody else's and let alone.  Throws InputError naming `where` on values of other types.
ModelCard model_card_from_json(const Json& json, const std::string& where);

// A line each of what is known, for people: "pixels: tf"; empty for an empty card.
std::string to_text(const ModelCard& card);

}  // namespace nudge::keras
