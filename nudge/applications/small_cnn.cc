#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::ActivationFunction;
using layers::Padding;

// Conv2D 32 3x3 relu, MaxPooling2D, Conv2D 64 3x3 relu, MaxPooling2D, ...
Tensor small_cnn_body(const Tensor& image, const ApplicationOptions&, LayerNames&) {
  Tensor x = layers::conv2d(image, {.filters = 32,
                                    .kernel_size = 3,
                                    .padding = Padding::kSame,
                                    .activation = ActivationFunction::kRelu,
                                    .name = "conv2d"});
  x = layers::max_pooling2d(x, {.pool_size = 2, .name = "max_pooling2d"});
  x = layers::conv2d(x, {.filters = 64,
                         .kernel_size = 3,
                         .padding = Padding::kSame,
                         .activation = ActivationFunction::kRelu,
                         .name = "conv2d_1"});
  return layers::max_pooling2d(x, {.pool_size = 2, .name = "max_pooling2d_1"});
}

// ... Flatten, Dense 512 relu, Dense classes, Activation.
Tensor small_cnn_top(const Tensor& features, const ApplicationOptions& options, LayerNames&) {
  Tensor x = layers::flatten(features, {.name = "flatten"});
  x = layers::dense(x, {.units = 512, .activation = ActivationFunction::kRelu, .name = "dense"});
  x = layers::dense(x, {.units = *options.classes, .name = "dense_1"});
  return activated(x, options.classifier_activation, "activation");
}

}  // namespace

std::vector<Application> small_cnn() {
  return {{.name = "small_cnn",
           .model_name = "small_cnn",
           .preprocessing = "rescale",
           .minimum = 4,
           .own = {.own_head = true},
           .body = small_cnn_body,
           .top = small_cnn_top,
           .short_pool_names = false}};
}

}  // namespace nudge::applications
