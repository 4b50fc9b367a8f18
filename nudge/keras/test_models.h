// Models of every structure that a file must keep, for the tests of this folder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"

namespace nudge::keras {

struct TestModel {
  std::string name;
  ModelPtr model;
};

// A chain of the layers with weights and some without, and two branches.
inline ModelPtr functional_model() {
  const Tensor image = input({8, 8, 3}, "image");
  Tensor x = layers::conv2d(image, {.filters = 4, .kernel_size = 3, .padding = layers::Padding::kSame});
  x = layers::batch_normalization(x, {});
  x = layers::relu(x, {.max_value = 6.0});
  const Tensor y = layers::depthwise_conv2d(x, {.kernel_size = 3, .padding = layers::Padding::kSame});
  x = layers::concatenate({layers::add({x, y}), y});
  x = layers::global_average_pooling2d(x, {});
  x = layers::dense(x, {.units = 5, .activation = layers::ActivationFunction::kSoftmax});
  return make_model(image, x, "functional_net");
}

inline ModelPtr sequential_model() {
  return sequential({std::make_shared<InputLayer>(Shape{8, 8, 3}),
                     std::make_shared<layers::Conv2D>(layers::Conv2DOptions{.filters = 2, .kernel_size = 3}),
                     std::make_shared<layers::MaxPooling2D>(), std::make_shared<layers::Flatten>(),
                     std::make_shared<layers::Dense>(layers::DenseOptions{.units = 3})},
                    "stack");
}

// A model that starts with a model, as transfer learning does.
inline ModelPtr nested_model() {
  return sequential({functional_model(), std::make_shared<layers::Dense>(layers::DenseOptions{.units = 2})},
                    "outer");
}

// Layers whose weights lie in groups of their own, and an operation with a constant.
inline ModelPtr signal_model() {
  const Tensor signal = input({8, 6}, "signal");
  const auto attention = std::make_shared<layers::MultiHeadAttention>(
      layers::MultiHeadAttentionOptions{.num_heads = 2, .key_dim = 3});
  const auto halved = std::make_shared<layers::Operation>(layers::OperationOptions{
      .class_name = "Multiply",
      .module = "keras.src.ops.numpy",
      .arguments = R"({"args": [{"class_name": "__keras_tensor__", "tensor": 0}, 0.5], "kwargs": {}})",
      .name = "halved"});
  const auto each_step = std::make_shared<layers::TimeDistributed>(layers::TimeDistributedOptions{
      .layer = std::make_shared<layers::Dense>(layers::DenseOptions{.units = 5, .name = "step"})});
  Tensor x = layers::conv1d(signal, {.filters = 6, .kernel_size = 3, .padding = layers::Padding::kSame});
  x = layers::layer_normalization(layers::add({x, attention->call({x, x})}));
  x = each_step->call(halved->call(x));
  x = layers::gru(x, {.units = 3});
  return make_model(signal, layers::dense(x, {.units = 4}), "signal_net");
}

// Two inputs through one shared layer and one shared model, and two outputs of a nested model.
inline ModelPtr shared_model() {
  const Tensor left = input({6}, "left");
  const Tensor right = input({6}, "right");
  const auto shared = std::make_shared<layers::Dense>(layers::DenseOptions{.units = 6, .name = "shared"});
  const ModelPtr encoder = sequential({std::make_shared<InputLayer>(Shape{6}),
                                       std::make_shared<layers::Dense>(layers::DenseOptions{.units = 4})},
                                      "encoder");
  const Tensor features = input({4});
  const ModelPtr heads = make_model(
      {features}, {layers::dense(features, {.units = 2}), layers::dense(features, {.units = 3})}, "heads");
  const Tensor sum = layers::add({encoder->call(shared->call(left)), encoder->call(shared->call(right))});
  const auto outputs = heads->call_all({sum});
  return make_model({left, right}, {outputs[0], layers::relu(outputs[1], {})}, "twins");
}

// Branches whose weights all have one shape, so that a wrong order of layers would go unnoticed but for
// values.
inline ModelPtr branches_model() {
  const Tensor x = input({4});
  const Tensor a = layers::dense(x, {.units = 4, .name = "a"});
  const Tensor b = layers::dense(x, {.units = 4, .name = "b"});
  const Tensor c = layers::dense(b, {.units = 4, .name = "c"});
  const Tensor d = layers::dense(layers::add({c, a}), {.units = 4, .name = "d"});
  const Tensor e = layers::dense(a, {.units = 4, .name = "e"});
  const Tensor f = layers::dense(layers::add({d, x, e}), {.units = 4, .name = "f"});
  return make_model({x}, {layers::add({b, f}), d}, "branches");
}

// One layer in two models.
inline ModelPtr layer_in_two_models() {
  const auto dense = std::make_shared<layers::Dense>(layers::DenseOptions{.units = 4, .name = "both"});
  const Tensor inner_input = input({4});
  const ModelPtr inner = make_model(inner_input, dense->call(inner_input), "inner");
  const Tensor x = input({4});
  return make_model(x, dense->call(inner->call(x)), "outer");
}

// Freshly made, with names that start anew and values from a seed.
inline std::vector<TestModel> test_models() {
  std::vector<TestModel> models;
  const auto add = [&models](const std::string& name, const std::function<ModelPtr()>& make) {
    reset_layer_names();
    models.push_back({name, make()});
    // Weights of zero or one would hide an exchange.
    Random random(stable_hash(name));
    models.back().model->initialize(1);
    for (Weight* weight : models.back().model->weights()) {
      for (float& value : weight->value.span<float>()) value = static_cast<float>(random.uniform(0.1, 1.0));
    }
  };
  add("functional", functional_model);
  add("sequential", sequential_model);
  add("nested", nested_model);
  add("shared", shared_model);
  add("branches", branches_model);
  add("layer_in_two_models", layer_in_two_models);
  add("signal", signal_model);
  return models;
}

}  // namespace nudge::keras
