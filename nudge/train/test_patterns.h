// A small classification problem for the tests of training: pictures of 4x4 whose class is the bright band.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/data/array_source.h"
#include "nudge/data/loader.h"
#include "nudge/graph/model.h"
#include "nudge/layers/layers.h"

namespace nudge::train {

inline constexpr int64_t kPatternClasses = 3;

// Float pictures (4, 4, 2) of noise; row c is lit in class c.
inline std::shared_ptr<const data::Source> pattern_source(int64_t count = 300, uint64_t seed = 11,
                                                          int64_t classes = kPatternClasses) {
  Random random(seed);
  Array x({count, 4, 4, 2}), y({count}, DataType::kInt32);
  for (int64_t item = 0; item < count; ++item) {
    const int64_t label = item % classes;
    y.data<int32_t>()[item] = static_cast<int32_t>(label);
    float* picture = x.data<float>() + item * 32;
    for (int64_t i = 0; i < 32; ++i) {
      picture[i] = static_cast<float>(0.3 * random.normal() + (i / 8 == label ? 1.0 : 0.0));
    }
  }
  return data::from_arrays({{"x", x}, {"y", y}}, "patterns.npz");
}

inline data::LoaderOptions pattern_options(data::Split split = data::Split::kTrain, int64_t batch = 16) {
  data::LoaderOptions options;
  options.split = split;
  options.size = {4, 4};
  options.batch = batch;
  options.shuffle = split == data::Split::kTrain;
  options.seed = 3;
  options.threads = 1;
  return options;
}

inline ModelPtr dense_model() {
  const Tensor in = nudge::input({4, 4, 2}, "image");
  Tensor x = layers::flatten(in, {.name = "flat"});
  x = layers::dense(x, {.units = 8, .activation = layers::ActivationFunction::kRelu, .name = "hidden"});
  x = layers::dense(
      x, {.units = kPatternClasses, .activation = layers::ActivationFunction::kSoftmax, .name = "scores"});
  return make_model(in, x, "patterns");
}

// Momentum 0.999 and a bias far from 0: the moving averages are wrong for thousands of steps.
inline ModelPtr convolutional_model() {
  const Tensor in = nudge::input({4, 4, 2}, "image");
  Tensor x = layers::conv2d(
      in, {.filters = 6, .kernel_size = 3, .bias_initializer = Initializer::constant(3), .name = "conv"});
  x = layers::batch_normalization(x, {.momentum = 0.999, .name = "norm"});
  x = layers::relu(x, {.max_value = 6.0, .name = "act"});
  x = layers::flatten(x, {.name = "flat"});
  x = layers::dense(x, {.units = kPatternClasses, .name = "logits"});
  x = layers::activation(x, {.activation = layers::ActivationFunction::kSoftmax, .name = "scores"});
  return make_model(in, x, "patterns");
}

}  // namespace nudge::train
