// The primitives that layers are written in: what is computed, and with which numbers.
//
// Tensors are NHWC with the batch first.  A primitive's inputs are values of a Program: activations first,
// then weights, in the order given here.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nudge/base/array.h"
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

// x, kernel (height, width, filters, channels), bias (filters) where there is one.
struct ConvTranspose2D {
  Window window;  // strides apart its inputs stand in the result
};

// x (batch, depth, height, width, channels), kernel (depth, height, width, channels, filters), bias (filters)
// where there is one.
struct Conv3D {
  std::array<int64_t, 3> strides{1, 1, 1};
  std::array<int64_t, 3> dilations{1, 1, 1};
  Padding padding = Padding::kValid;
};

// x, kernel (depth, height, width, filters, channels), bias (filters) where there is one.
struct ConvTranspose3D {
  std::array<int64_t, 3> strides{1, 1, 1};
  Padding padding = Padding::kValid;
};

// x (..., features), kernel (features, units), bias (units) where there is one.
struct MatMul {};

// Of two activations (..., rows, inner) and (..., inner, columns), what is before the last two broadcast.
struct BatchMatMul {
  bool transpose_a = false;  // (..., inner, rows)
  bool transpose_b = false;  // (..., columns, inner)
};

// Over the last dimension, by the batch's mean and (biased) variance in training, by the moving ones else.
// x, gamma if scale, beta if center, moving mean, moving variance, each (channels).
struct Normalize {
  double epsilon = 1e-3;
  double momentum = 0.99;  // moving = momentum * moving + (1 - momentum) * batch
  bool scale = true;
  bool center = true;
};

// x * scale + offset, each one number or one for each of the last dimension.
struct Rescale {
  std::vector<double> scale{1.0};
  std::vector<double> offset{0.0};
};

struct Activate {
  Activation activation;
};

enum class Reduction { kMax, kAverage, kMin, kSum };

// Of each window; padding is never part of it.  kMax or kAverage.
struct Pool {
  Reduction of = Reduction::kMax;
  Window window;
};

// Over whole dimensions, which then are gone, or 1 with keepdims.
struct Reduce {
  Reduction of = Reduction::kMax;
  std::vector<int64_t> axes{1, 2};  // ascending, the batch not among them
  bool keepdims = false;
};

// kGreater and kGreaterEqual give 1 where they hold, else 0.
enum class Combination {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kPower,
  kMaximum,
  kMinimum,
  kGreater,
  kGreaterEqual
};

// Of two tensors, element by element, broadcast as NumPy does.
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
  Size2 size = 1;
  Interpolation interpolation = Interpolation::kNearest;  // both take half-pixel centres
};

// The same elements, in memory order, under another shape.
struct Reshape {
  Shape shape;  // the batch kUnknown
};

// Dimension i of the result is dimension order[i] of the input; order[0] is 0.
struct Transpose {
  std::vector<int64_t> order;
};

// Every stride-th index from begin on, count of them.
struct Slice {
  struct Part {
    int64_t begin = 0;
    int64_t count = kUnknown;  // the batch, which is taken whole
    int64_t stride = 1;        // negative: backwards
  };
  std::vector<Part> parts;  // one a dimension
};

// table (rows, ...), indices of any shape, whole numbers in floats: the rows that they name.
struct Gather {};

// No inputs: numbers that are the same in every batch.
struct Constant {
  Array value;
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
  // Those of one layer and number draw the same.
  int64_t draw = 0;
};

// In training normal noise of mean 0 is added; at inference values pass as they are.
struct GaussianNoise {
  double stddev = 1.0;
  std::optional<int64_t> seed = std::nullopt;
};

struct Distortion;  // distortion.h: how, with which draws for each image

// In training images are turned, coloured, ... at random; at inference they pass as they are.
struct Distort {
  std::shared_ptr<const Distortion> how = nullptr;
  std::optional<int64_t> seed = std::nullopt;  // none: drawn from the training's seed
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
    std::variant<Conv2D, DepthwiseConv2D, ConvTranspose2D, Conv3D, ConvTranspose3D, MatMul, BatchMatMul,
                 Normalize, Rescale, Activate, Pool, Reduce, Combine, Concatenate, Pad, Resize, Reshape,
                 Transpose, Slice, Gather, Constant, Dropout, GaussianNoise, Distort, Identity, Quantize>;

// "Conv2D", "MatMul", ...: for messages and tables.
std::string name_of(const Primitive& primitive);
// One of each, with its options at their defaults.
const std::vector<Primitive>& all_primitives();

// A convolution or a matrix product with a kernel, into which a normalisation folds.
bool is_product(const Primitive& primitive);

// Whose operator computes a ReLU on its sums as well.
bool takes_in_relu(const Primitive& primitive);

// Every value of the result is one of the first input's (or real zero, which every grid holds), so that it is
// on the input's grid.
bool moves_values(const Primitive& primitive);

// The result stays within the range of its inputs, and .tflite wants all of them on one scale.
bool keeps_scale(const Primitive& primitive);

}  // namespace nudge::ops
