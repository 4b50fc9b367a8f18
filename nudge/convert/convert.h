// From a model to a .tflite file in memory.
#pragma once

#include <string>

#include "nudge/convert/conversion.h"
#include "nudge/convert/weight_storage.h"
#include "nudge/graph/model.h"

namespace nudge::convert {

// What the file is for.
enum class Target {
  kAny,
  // Coral's Edge TPU: every operator is one that its compiler maps (edgetpu/prediction.h).  The batch is 1, a
  // mean over an image becomes AVERAGE_POOL_2D on the grid of what it averages.
  kEdgeTpu,
};

struct ConvertOptions {
  // What the file takes and gives.  float32 quantizes inside the file; int8 and uint8 need a model whose
  // input or output is on a grid.
  DataType input_type = DataType::kFloat32;
  DataType output_type = DataType::kFloat32;
  // Every activation tensor becomes an output of the file too, for comparing step by step.  They follow the
  // model's own outputs and are named after their tensors.
  bool expose_intermediates = false;
  // Weight scales are moved to the nearest with which every runtime's arithmetic gives the same codes
  // (portable_scale.h), by a fraction of a percent as a rule, and means are computed by convolutions.  Codes
  // that training has computed with are rounded to the moved scale; where ranges are calibrated only, the
  // weights themselves are.
  // Off: the scales are those of training to the bit, and runtimes differ by a step for a value here and
  // there.
  bool portable_scales = true;
  Target target = Target::kAny;
  // How a float model's file holds its large weights; a quantized model takes kFloat32 only.
  WeightStorage weights = WeightStorage::kFloat32;
};

// A quantized model becomes an int8 file: what has a quantizer is 8-bit, the rest is a float island between
// DEQUANTIZE and QUANTIZE; so are chains of sums (Add of three), between which there is no quantizer, and
// operators that the 8-bit kernels cannot compute (a range that is all but empty).  A float model becomes a
// float32 file.  BatchNormalization is folded, activations are fused, and each operator gets the lowest
// version that expresses it. Weights must be initialized; the ranges of weights are taken of them as they
// are. Throws UnsupportedError naming a layer that has no counterpart in TFLite, a quantizer that int8
// cannot hold, or what the target cannot compute and why, ValueError when the wanted input, output or weight
// type is not possible, or when no data has moved the range of an activation.
Conversion convert(const Model& model, const ConvertOptions& options = {});

}  // namespace nudge::convert
