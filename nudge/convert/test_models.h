// What the tests convert: models with weights and ranges as training leaves them, and their comparison with
// LiteRT.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/convert/convert.h"
#include "nudge/graph/model.h"
#include "nudge/quantize/scheme.h"

namespace nudge::convert {

// One array an input of the model, `count` images each, values within [-1, 1].
std::vector<Array> random_inputs(const Model& model, int64_t count, uint64_t seed);

// Gives every weight a random value under which activations keep their spread from layer to layer:
// BatchNormalization statistics are near those of random inputs, gamma has either sign.
void randomize(Model& model, uint64_t seed);

// Moves every range of `quantized` to what the same tensors of the float model hold on `inputs`, as one
// training step would.
void calibrate(Model& quantized, const Model& float_model, const std::vector<Array>& inputs);

// A small model with every class of nudge/layers, two outputs.
ModelPtr every_layer_model();

constexpr int64_t kCalibrationInputs = 8;

// Random weights, the layers whose names match quantized, ranges calibrated on
// random_inputs(model, kCalibrationInputs, seed + 1).
struct TrainedLike {
  ModelPtr float_model;
  ModelPtr quantized;
};
TrainedLike trained_like(const ModelPtr& model, uint64_t seed, const std::string& layers = ".*",
                         const quantize::Scheme& scheme = quantize::nudge_scheme());

struct Agreement {
  int64_t integers = 0;           // values of 8-bit tensors compared
  int64_t different = 0;          // of them
  int64_t most_codes = 0;         // distinct codes that the widest 8-bit tensor took
  double default_error = 0;       // of the model's own float outputs, with LiteRT's default kernels
  double largest_error = 0;       // of float tensors, relative to max(1, |value|)
  int64_t default_different = 0;  // of the 8-bit values, with LiteRT's default kernels
};

// Runs the file of `model` with every tensor exposed on `count` random inputs in the evaluator and in LiteRT
// with its reference kernels: all 8-bit values must be equal, float values within 1e-4.  The test counts as
// skipped where LiteRT is not installed.
Agreement expect_agrees_with_litert(const Model& model, int64_t count, uint64_t seed,
                                    ConvertOptions options = {});

struct ExactOptions {
  std::string layers = ".*";
  quantize::Scheme scheme = quantize::nudge_scheme();
  int64_t inputs = 100;
};

// The file of a quantized model agrees with LiteRT, its values vary, and under scheme "nudge" each of its
// 8-bit tensors has one quantizer.  With 100 inputs, logs how much LiteRT's default kernels differ.
void expect_exact_file(const Model& quantized, uint64_t seed, const ExactOptions& options = {});

// The same of trained_like() of the model.
void expect_exact(const ModelPtr& model, uint64_t seed, const ExactOptions& options = {});

// An application with a softmax Dense of five classes on top.
ModelPtr application_model(const std::string& name, int64_t side, double alpha);

// A pattern that matches about half of the model's layers.
std::string half_of_the_layers(const Model& model, uint64_t seed);

}  // namespace nudge::convert
