#include "nudge/applications/small_cnn.h"

#include "nudge/applications/backbone.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {

using layers::ActivationFunction;
using layers::Padding;

ModelPtr small_cnn(const ApplicationOptions& options) {
  check_options("small_cnn", options, {.alpha = false, .pooling = false});

  const Tensor image = image_input("small_cnn", options, 224, 4);
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
  x = layers::max_pooling2d(x, {.pool_size = 2, .name = "max_pooling2d_1"});
  if (!options.include_top && options.head == Head::kKeras) {
    return make_model(image, without_top(x, options), "small_cnn");
  }
  x = layers::flatten(x, {.name = "flatten"});
  x = layers::dense(x, {.units = 512, .activation = ActivationFunction::kRelu, .name = "dense"});
  x = layers::dense(x, {.units = options.classes, .name = "dense_1"});
  x = layers::activation(
      x, {.activation = layers::activation_from_string(options.classifier_activation), .name = "activation"});
  return make_model(image, x, "small_cnn");
}

}  // namespace nudge::applications
