// A small model of the structure that Teachable Machine exports: Sequential(Sequential(a model, pooling),
// Sequential(two dense layers)).
#pragma once

#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"

namespace nudge::train {

inline ModelPtr nested_model() {
  const Tensor image = nudge::input({8, 8, 3}, "inner_image");
  Tensor x = layers::conv2d(
      image,
      {.filters = 4, .kernel_size = 3, .strides = 2, .padding = layers::Padding::kSame, .name = "conv"});
  x = layers::batch_normalization(x, {.momentum = 0.5, .name = "norm"});
  x = layers::relu(x, {.max_value = 6.0, .name = "act"});
  const ModelPtr body = make_model(image, x, "body");
  const LayerPtr pool =
      std::make_shared<layers::GlobalAveragePooling2D>(layers::GlobalPooling2DOptions{.name = "pool"});
  const auto dense = [](int64_t units, layers::ActivationFunction activation, const char* name) {
    return std::make_shared<layers::Dense>(
        layers::DenseOptions{.units = units, .activation = activation, .name = name});
  };
  const ModelPtr head = sequential(
      {std::make_shared<InputLayer>(Shape{4}), dense(6, layers::ActivationFunction::kRelu, "dense_Dense1"),
       dense(3, layers::ActivationFunction::kSoftmax, "dense_Dense2")},
      "head");
  return sequential(
      {std::make_shared<InputLayer>(Shape{8, 8, 3}, "image"), sequential({body, pool}, "features"), head},
      "machine");
}

// A layer of the innermost model.
inline const Layer* body_layer(const Model& machine, const std::string& name) {
  const auto& features = dynamic_cast<const Model&>(machine.layer("features"));
  return &dynamic_cast<const Model&>(features.layer("body")).layer(name);
}

}  // namespace nudge::train
