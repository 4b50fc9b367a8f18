// TFLite Metadata, which tools and phones read beside nudge: how pixels enter a model and what its outputs
// are called.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::deploy {

// A pixel p of 0..255 enters as (p - mean) / deviation; one number, or one a channel; empty: not known.
struct PixelScaling {
  std::vector<float> mean;
  std::vector<float> deviation;
};

struct PublicMetadata {
  std::string name;                 // of the model
  PixelScaling scaling;             // where the first input is images
  std::vector<std::string> labels;  // in the order of the first output's scores; empty: not known
};

// Replaces what the file has of the kind.  The file must have a graph with inputs and outputs.
void set_public_metadata(tflite::TfLiteModel& file, const PublicMetadata& metadata);

// The file as written (tflite::serialize), with the labels that its metadata speak of behind it.
void append_labels(std::vector<std::byte>& bytes, const PublicMetadata& metadata);

}  // namespace nudge::deploy
