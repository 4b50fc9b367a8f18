// The weights of a product (convolution or dense) as the file holds them.
#pragma once

#include <optional>
#include <string>

#include "nudge/convert/emitter.h"
#include "nudge/convert/fold.h"
#include "nudge/convert/run.h"

namespace nudge::convert {

// Where an output channel's weights lie in the file.
enum class WeightLayout {
  kChannelFirst,  // (channels, rest): CONV_2D and FULLY_CONNECTED
  kChannelLast,   // (rest, channels): DEPTHWISE_CONV_2D
};

// A product in Keras's terms, ready to be emitted.  `kernel` has the output channel last, flattened:
// HWIO, or (in, out), or depthwise's (h, w, in * multiplier).
struct Product {
  std::string name;
  Array kernel;
  Array bias;                                     // empty: none
  const quantize::Range* kernel_range = nullptr;  // null: the weights stay float, unless they are all one
  bool all_ones = false;                          // a sum over the window that carries the affine
  int64_t channels = 0;
  Shape file_shape;  // of the weights in the file
  WeightLayout layout = WeightLayout::kChannelFirst;
  Affine affine;  // folded into the weights
};

// Kernel, bias and range of a run whose head is a product, with its normalisation as affine.
Product product_of(const Emitter& emitter, const Run& run, int64_t channels, Shape file_shape,
                   WeightLayout layout);

// The sum over a window, each channel through its own affine: weights that are all one, channel last.
Product window_sum(const std::string& name, int64_t height, int64_t width, Affine affine);

// Emits `op` over the run's input with these weights, then the activation that is not fused, and finishes
// the run's output.  Integer when the input is, the weights have a range and the output has a grid;
// otherwise float, with weights on their grid where they have one.
// `input_shape`: the input is reshaped to it first; empty: as it is.
void emit_product(Emitter& emitter, const Run& run, const Product& product, tflite::BuiltinOperator op,
                  const tflite::Options& options, const Shape& input_shape = {},
                  const Shape& output_shape = {});

// The inference affine of a Normalize.
Affine affine_of(const Emitter& emitter, const ops::Operation& normalize);

}  // namespace nudge::convert
