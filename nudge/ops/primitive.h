// The primitives that layers are written in: what is computed, and with which numbers.
//
// Tensors are NHWC with the batch first.  A primitive's inputs are values of a Program: activations first,
// then weights, in the order given here.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nudge/ops/activation.h"
#include "nudge/ops/interpolation.h"
#include "nudge/ops/window.h"

namespace nudge::ops {

// x, kernel (height, width, channels / groups, filters), bias (filters) where there is one.
struct Conv2D {
  Window window;
  int64_t groups = 1;
};

// x, kernel (height, width, channels, multiplier), bias (channels * multiplier) where there is one.
struct DepthwiseConv2D {
  Window window;
};

// x (..., features), kernel (features, units), bias (units) where there is one.
struct MatMul {};

// Over the last dimension, by the batch's mean and (biased) variance in training, by the moving ones else.
// x, gamma if scale, beta if center, moving mean, moving variance, each (channels).
struct Normalize {
  double epsilon = 1e-3;
  double momentum = 0.99;  // moving = momentum * moving + (1 - momentum) * batch
  bool scale = true;
  bool center = true;
};

// x * scale + offset.
struct Rescale {
  double scale = 1.0;
  double offset = 0.0;
};

struct Activate {
  Activation activation;
};

enum class Reduction { kMax, kAverage };

// Of each window; padding is never part of it.
struct Pool {
  Reduction of = Reduction::kMax;
  Window window;
};

// Of each channel's whole image: (batch, channels), or (batch, 1, 1, channels) with keepdims.
struct Reduce {
  Reduction of = Reduction::kMax;
  bool keepdims = false;
};

enum class Combination { kAdd, kMultiply, kMaximum };

// Of two or more tensors, element by element, broadcast as NumPy does.
struct Combine {
  Combination how = Combination::kAdd;
};

struct Concatenate {
  int64_t axis = -1;  // negative counts from the back
};

// Zeros around an image.
struct Pad {
  int64_t top = 0, bottom = 0, left = 0, right = 0;
};

struct Resize {
  Size2 factor = 1;
  Interpolation interpolation = Interpolation::kNearest;  // bilinear takes half-pixel centres
};

// The same elements, in memory order, under another shape.
struct Reshape {
  Shape shape;  // the batch kUnknown
};

enum class DropoutKind {
  kZero,      // a share of the elements is zeroed and the others scaled by 1 / (1 - rate)
  kAlpha,     // a share becomes SELU's lowest value, then all are scaled so that mean and variance stay
  kGaussian,  // each is multiplied by normal noise around 1 of deviation sqrt(rate / (1 - rate))
};

// In training; at inference values pass as they are.
struct Dropout {
  double rate = 0.5;
  std::optional<int64_t> seed = std::nullopt;  // none: drawn from the training's seed
  DropoutKind kind = DropoutKind::kZero;
  // Of what is drawn, with the input's rank: kUnknown is the input's own size, 1 one draw for all of a
  // dimension; empty: a draw for each element.
  Shape noise_shape = {};
};

// In training normal noise of mean 0 is added; at inference values pass as they are.
struct GaussianNoise {
  double stddev = 1.0;
  std::optional<int64_t> seed = std::nullopt;
};

// The same values under a name of their own.
struct Identity {};

// Puts the values on the grid of a range.
struct Quantize {
  size_t range = 0;             // index into the ranges of the quantized model
  bool of_weight = false;       // taken anew from the weights of each step
  bool inference_only = false;  // training sees the values as they are
};

using Primitive =
    std::variant<Conv2D, DepthwiseConv2D, MatMul, Normalize, Rescale, Activate, Pool, Reduce, Combine,
                 Concatenate, Pad, Resize, Reshape, Dropout, GaussianNoise, Identity, Quantize>;

// "Conv2D", "MatMul", ...: for messages and tables.
std::string name_of(const Primitive& primitive);
// One of each, with its options at their defaults.
const std::vector<Primitive>& all_primitives();

// A convolution or a matrix product: what has a kernel, and into which a normalisation folds.
bool is_product(const Primitive& primitive);

// Every value of the result is one of the first input's (or real zero, which every grid holds), so that it is
// on the input's grid.
bool moves_values(const Primitive& primitive);

// The result stays within the range of its inputs, and .tflite wants all of them on one scale.
bool keeps_scale(const Primitive& primitive);

}  // namespace nudge::ops
