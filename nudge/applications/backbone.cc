#include "nudge/applications/backbone.h"

#include <fmt/format.h>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {

void check_options(const std::string& name, const ApplicationOptions& options) {
  // The ceiling keeps channel counts well inside 32 bits.
  if (!(options.alpha > 0 && options.alpha <= 100)) {
    throw ValueError(fmt::format("{}: alpha must be above 0 and at most 100, given {}", name, options.alpha));
  }
  if (options.classes < 1) {
    throw ValueError(fmt::format("{}: classes must be at least 1, given {}", name, options.classes));
  }
  if (!options.pooling.empty() && options.pooling != "avg" && options.pooling != "max") {
    throw ValueError(fmt::format("{}: pooling must be avg, max or empty, given '{}'", name, options.pooling));
  }
}

Tensor image_input(const std::string& name, const ApplicationOptions& options, int64_t default_size,
                   int64_t minimum) {
  Shape shape = options.input_shape;
  if (shape.empty()) shape = {default_size, default_size, 3};
  if (shape.size() != 3 || shape[0] < minimum || shape[1] < minimum || shape[2] < 1) {
    throw ValueError(
        fmt::format("{}: input_shape must be (height, width, channels) of at least {}x{}, given {}", name,
                    minimum, minimum, to_string(shape)));
  }
  return input(shape, "input_1");
}

bool has_top(const ApplicationOptions& options) {
  return options.include_top && options.head == Head::kKeras;
}

Tensor without_top(const Tensor& features, const ApplicationOptions& options) {
  Tensor x = features;
  if (options.pooling == "max") {
    x = layers::global_max_pooling2d(x, {.name = "global_max_pooling2d"});
  } else if (options.pooling == "avg" || options.head == Head::kDense) {
    x = layers::global_average_pooling2d(x, {.name = "global_average_pooling2d"});
  }
  if (options.head == Head::kDense) {
    x = layers::dense(x, {.units = options.classes,
                          .activation = layers::activation_from_string(options.classifier_activation),
                          .name = "dense"});
  }
  return x;
}

}  // namespace nudge::applications
