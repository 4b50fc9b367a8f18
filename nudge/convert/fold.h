// Folding a per-channel affine map (BatchNormalization in inference) into the product before it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/convert/code_grid.h"

namespace nudge::convert {

// y = multiplier * x + offset, a channel each; in double, so that folding adds no error of its own.
struct Affine {
  std::vector<double> multiplier;
  std::vector<double> offset;

  static Affine identity(size_t channels);
};

// (x - mean) / sqrt(variance + epsilon) * gamma + beta; an empty gamma or beta counts as 1 or 0.
Affine affine_of(const Array& gamma, const Array& beta, const Array& mean, const Array& variance,
                 double epsilon);

// What the integer product computes with: codes in [-127, 127], output channel first, a scale a channel, and
// the bias in units of input_scale * scale.
struct IntegerProduct {
  std::vector<int8_t> codes;
  std::vector<float> scales;
  std::vector<int32_t> bias;
  std::vector<double> moves;  // of each channel's scale, from training's
};

// Folds `affine` and the product's own bias (empty: none) into codes, which training has fixed where they are
// whole numbers: these stay; others are rounded.  A negative multiplier flips their signs (-128, which a
// range that is not narrow may hold, becomes 127), its magnitude goes into the scale. Where that scale would
// be so small that the int32 bias overflows, or is zero, it is raised to the least that can carry the bias
// and the codes are rounded to it (the channel is then all but constant). `portable` moves each scale to one
// with which every runtime computes the same (portable_channel.h), by a fraction of a percent as a rule, and
// rounds the codes to it. `codes` are signed, one block of equal length an output channel; all input spans
// have one entry a channel.
IntegerProduct fold(std::span<const float> codes, std::span<const float> scales, std::span<const float> bias,
                    const Affine& affine, const CodeGrid& input, const CodeGrid& output, bool portable);

// The float product's weights and bias after folding; `weights` has one block an output channel.
struct FloatProduct {
  std::vector<float> weights;
  std::vector<float> bias;
};
FloatProduct fold(std::span<const float> weights, std::span<const float> bias, const Affine& affine);

}  // namespace nudge::convert
