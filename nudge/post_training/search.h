// Tries ways of post-training quantization against validation data, as long as there is time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nudge/convert/convert.h"
#include "nudge/data/batch_stream.h"
#include "nudge/graph/model.h"
#include "nudge/post_training/calibration_method.h"

namespace nudge::post_training {

// One way, and what its file gives on the validation data in the integer evaluator.
struct Trial {
  Calibration calibration;
  int64_t float_layers = 0;  // operators' worth of layers that were kept in float
  std::string keep_float;    // the expression that their names match
  std::optional<double>
      accuracy;       // where the model has one output of classes and the data have their numbers
  double sqnr = 0;    // of the outputs beside the float model's, in dB; infinite where equal
  int64_t bytes = 0;  // of the file
};

// Whether a file is the better one: by accuracy, then by having fewer layers in float, then by the outputs'
// distance from float; without an accuracy by that alone.
bool better(const Trial& a, const Trial& b);

struct SearchOptions {
  double seconds = 60;  // no trial starts after them; the first always does
  uint64_t seed = 0;    // of weights that have no value yet
  // How the files are converted.
  convert::ConvertOptions convert;
  // Is told of each trial when it ends.
  std::function<void(const Trial&)> tell;
};

struct SearchResult {
  ModelPtr model;             // the best one, quantized
  Trial best;                 // what it gave
  std::vector<Trial> trials;  // in the order in which they were made
};

// Every calibration, then the best of them with the 1, 2, 4 and 8 most sensitive layers in float.  Throws
// what quantize_model() and convert() do.
SearchResult search(const ModelPtr& model, data::BatchStream& calibration, data::BatchStream& validation,
                    const SearchOptions& options = {});

}  // namespace nudge::post_training
