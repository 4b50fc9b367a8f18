// Keras's weight initializers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/base/json.h"
#include "nudge/base/random.h"

namespace nudge {

// By Keras's class: Zeros, Ones, Constant, Identity, Orthogonal, GlorotUniform, GlorotNormal, HeNormal,
// HeUniform, LecunNormal, LecunUniform, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling.
struct Initializer {
  std::string name = "GlorotUniform";
  double value = 0.0;                             // Constant
  double mean = 0.0;                              // RandomNormal, TruncatedNormal
  double stddev = 0.05;                           // RandomNormal, TruncatedNormal
  double minval = -0.05;                          // RandomUniform
  double maxval = 0.05;                           // RandomUniform
  double scale = 1.0;                             // VarianceScaling
  std::string mode = "fan_in";                    // VarianceScaling: fan_in, fan_out or fan_avg
  std::string distribution = "truncated_normal";  // VarianceScaling: also untruncated_normal, uniform
  double gain = 1.0;                              // Identity, Orthogonal
  // What is drawn follows from it alone, so that two weights of a shape are equal; none: from the model's
  // seed.
  std::optional<int64_t> seed = std::nullopt;
  // Glorot..., He..., Lecun..., VarianceScaling: the axes whose sizes make the fans; empty: as fill() says.
  std::vector<int64_t> input_axes = {};
  std::vector<int64_t> output_axes = {};

  static Initializer zeros() { return {.name = "Zeros"}; }
  static Initializer ones() { return {.name = "Ones"}; }
  static Initializer constant(double value) { return {.name = "Constant", .value = value}; }

  // Fills a float32 array; fans are Keras's: kernel (h, w, in, out) has fan_in h*w*in.
  // Throws UnsupportedError on a name it does not know, ShapeError on a shape that the class does not take.
  void fill(Array& array, Random& random) const;

  // Keras 3's serialized form; from_json also takes a bare name ("glorot_uniform", "zeros").
  Json to_json() const;
  static Initializer from_json(const Json& json);
};

}  // namespace nudge
