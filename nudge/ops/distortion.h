// What training does to images at random, as Keras's Random... layers do: a set of draws for each image.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "nudge/ops/interpolation.h"
#include "nudge/ops/size2.h"

namespace nudge::ops {

// Drawn evenly from [low, high).
struct Interval {
  double low = 0.0;
  double high = 0.0;
};

// What lies outside of an image, as SciPy calls it: one value; d c b a | a b c d | d c b a; a b c d | a b c d
// | a b c d; a a a a | a b c d | d d d d; d c b | a b c d | c b a.
enum class FillMode { kConstant, kReflect, kWrap, kNearest, kMirror };

// How a place between pixels gets its value.
struct Sampling {
  FillMode fill_mode = FillMode::kReflect;
  Interpolation interpolation = Interpolation::kBilinear;
  double fill_value = 0.0;  // kConstant
};

// One draw decides: both ways at once, or neither.
struct RandomFlip {
  bool horizontal = true;
  bool vertical = true;
};

struct RandomRotation {
  Interval turns;  // clockwise, around the middle
  Sampling sampling;
};

// Shares of the size by which more (or, negative, less) of the image is seen; one draw for both without
// `width`.
struct RandomZoom {
  Interval height;
  std::optional<Interval> width;
  Sampling sampling;
};

struct RandomTranslation {
  Interval height, width;  // shares of the size, downwards and to the right
  Sampling sampling;
};

// A place (x, y) is taken from (x + a y, y + b x); both factors have one random sign.
struct RandomShear {
  Interval x, y;
  Sampling sampling;
};

struct RandomPerspective {
  Interval chance;     // that an image is changed
  double scale = 1.0;  // a corner moves by up to half of this, as a share of its own place
  Sampling sampling;
};

// Every place is moved by smooth noise.
struct RandomElastic {
  Interval chance;
  Interval scale;  // of the noise; drawn for the whole batch
  Sampling sampling;
  Interval values;
};

// `values` is the range of the pixels, in which results are kept.
struct RandomBrightness {
  Interval factor;  // of the range, added
  Interval values;
};

struct RandomContrast {
  Interval factor;  // what lies beside a channel's mean is multiplied by 1 + this
  Interval values;
};

struct RandomSaturation {
  Interval factor;  // f multiplies the saturation by f / (1 - f)
  Interval values;
};

struct RandomHue {
  Interval factor;  // half of it, with a random sign, of a full turn
  Interval values;
};

struct RandomColorDegeneration {
  Interval factor;  // 1 is grey
  Interval values;
};

struct RandomSharpness {
  Interval factor;  // 0 is smoothed, 0.5 as it was, 1 sharpened
  Interval values;
};

struct RandomPosterization {
  int64_t low_bits = 8, high_bits = 8;  // drawn from [low, high)
  Interval values;
};

struct RandomGrayscale {
  double chance = 0.5;
};

struct RandomInvert {
  Interval chance;
  Interval values;
};

struct RandomSolarization {
  Interval addition, threshold;  // shares of the range
  Interval values;
};

struct RandomErasing {
  Interval chance;
  Interval scale;            // squares of the sides' shares
  std::vector<double> fill;  // a value, or one a channel; empty: normal noise
  Interval values;
};

struct RandomGaussianBlur {
  Interval chance;
  Size2 kernel_size = 3;  // odd
  Interval sigma;         // drawn for the whole batch
  Interval values;
};

struct Distortion {
  std::variant<RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomShear, RandomPerspective,
               RandomElastic, RandomBrightness, RandomContrast, RandomSaturation, RandomHue,
               RandomColorDegeneration, RandomSharpness, RandomPosterization, RandomGrayscale, RandomInvert,
               RandomSolarization, RandomErasing, RandomGaussianBlur>
      what;
  uint64_t stream = 0;  // a layer that does several things draws each from a stream of its own
};

}  // namespace nudge::ops
