#include "nudge/applications/backbone.h"

#include <fmt/format.h>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

void check_used(const std::string& name, const ApplicationOptions& options, const OwnOptions& own) {
  const ApplicationOptions defaults;
  const auto refuse = [&](const char* option, bool changed, bool used, const char* why) {
    if (changed && !used) throw ValueError(fmt::format("{}: {} {}", name, option, why));
  };
  constexpr const char* kAbsent = "is not an option of this application";
  constexpr const char* kWithoutTop = "has no effect without a top (include_top)";
  const bool changed_dropout = options.dropout != defaults.dropout;
  refuse("alpha", options.alpha != defaults.alpha, own.alpha, kAbsent);
  refuse("depth_multiplier", options.depth_multiplier != defaults.depth_multiplier, own.depth_multiplier,
         kAbsent);
  refuse("dropout", changed_dropout, own.dropout, kAbsent);
  refuse("dropout", changed_dropout, has_top(options), kWithoutTop);
  const bool classifier = has_top(options) || options.head == Head::kDense;
  refuse("classes", options.classes != defaults.classes, classifier, kWithoutTop);
  refuse("classifier_activation", options.classifier_activation != defaults.classifier_activation, classifier,
         kWithoutTop);
  refuse("pooling", !options.pooling.empty(), !classifier || (own.pooling && !has_top(options)),
         "has no effect with the application's own top (include_top)");
}

}  // namespace

void check_options(const std::string& name, const ApplicationOptions& options, const OwnOptions& own) {
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
  check_used(name, options, own);
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
