#include "nudge/applications/backbone.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

void check_used(const Application& application, const ApplicationOptions& options) {
  const ApplicationOptions defaults;
  const OwnOptions& own = application.own;
  const auto refuse = [&](const char* option, bool changed, bool used, const char* why) {
    if (changed && !used) throw ValueError(fmt::format("{}: {} {}", application.name, option, why));
  };
  constexpr const char* kAbsent = "is not an option of this application";
  constexpr const char* kWithoutTop = "has no effect without a top (include_top)";
  const bool other_activation = options.classifier_activation != defaults.classifier_activation;
  const bool top = has_top(application, options);
  refuse("alpha", options.alpha != defaults.alpha, own.alpha, kAbsent);
  refuse("depth_multiplier", options.depth_multiplier != defaults.depth_multiplier, own.depth_multiplier,
         kAbsent);
  refuse("dropout", options.dropout.has_value(), own.dropout, kAbsent);
  refuse("dropout", options.dropout.has_value(), top, kWithoutTop);
  refuse("minimalistic", options.minimalistic, own.minimalistic, kAbsent);
  refuse("include_preprocessing", !options.include_preprocessing, own.include_preprocessing, kAbsent);
  if (!own.classifier) {
    refuse("include_top", !options.include_top, false, kAbsent);
    refuse("classes", options.classes.has_value(), false, kAbsent);
    refuse("classifier_activation", other_activation, false, kAbsent);
    refuse("pooling", !options.pooling.empty(), false, kAbsent);
    refuse("head", options.head != defaults.head, false, kAbsent);
  }
  const bool classifier = top || options.head == Head::kDense;
  refuse("classes", options.classes.has_value(), classifier, kWithoutTop);
  refuse("classifier_activation", other_activation, classifier, kWithoutTop);
  refuse("classifier_activation", other_activation, !top || own.classifier_activation,
         "has no effect with this application's own top, which gives logits");
  refuse("pooling", !options.pooling.empty(), !top,
         "has no effect with the application's own top (include_top)");
}

}  // namespace

void check_options(const Application& application, const ApplicationOptions& options) {
  const auto refuse = [&](const std::string& why) { throw ValueError(application.name + ": " + why); };
  // The ceiling keeps channel counts well inside 32 bits.
  if (!(options.alpha > 0 && options.alpha <= 100)) {
    refuse(fmt::format("alpha must be above 0 and at most 100, given {}", options.alpha));
  }
  if (options.dropout && !(*options.dropout >= 0 && *options.dropout < 1)) {
    refuse(fmt::format("dropout must be at least 0 and below 1, given {}", *options.dropout));
  }
  if (options.classes && *options.classes < 1) {
    refuse(fmt::format("classes must be at least 1, given {}", *options.classes));
  }
  if (!options.pooling.empty() && options.pooling != "avg" && options.pooling != "max") {
    refuse(fmt::format("pooling must be avg, max or empty, given '{}'", options.pooling));
  }
  check_used(application, options);
}

Tensor model_input(const Application& application, const ApplicationOptions& options) {
  const Shape& shape = options.input_shape;
  const int64_t least = application.minimum;
  if (application.input_shape.size() == 1) {
    if (shape.size() != 1 || shape[0] < least) {
      throw ValueError(fmt::format("{}: input_shape must be (values,) of at least {}, given {}",
                                   application.name, least, to_string(shape)));
    }
  } else if (shape.size() != 3 || shape[0] < least || shape[1] < least || shape[2] < 1) {
    throw ValueError(
        fmt::format("{}: input_shape must be (height, width, channels) of at least {}x{}, given {}",
                    application.name, least, least, to_string(shape)));
  }
  return input(shape, "input_1");
}

bool has_top(const Application& application, const ApplicationOptions& options) {
  return options.head == Head::kDense ? application.own.own_head : options.include_top;
}

Tensor predictions(const Tensor& x, const ApplicationOptions& options, const Initializer& kernel,
                   const std::string& name) {
  return layers::dense(x, {.units = *options.classes,
                           .activation = layers::activation_from_string(options.classifier_activation),
                           .kernel_initializer = kernel,
                           .name = name});
}

Tensor pooled_top(const Tensor& features, const ApplicationOptions& options, const Initializer& kernel) {
  Tensor x = layers::global_average_pooling2d(features, {.name = "avg_pool"});
  if (*options.dropout > 0) x = layers::dropout(x, {.rate = *options.dropout, .name = "top_dropout"});
  return predictions(x, options, kernel);
}

Tensor standard_top(const Tensor& features, const ApplicationOptions& options, LayerNames&) {
  return pooled_top(features, options, Initializer{});
}

Tensor plain_top(const Tensor& features, const ApplicationOptions& options, LayerNames& names) {
  return predictions(layers::global_average_pooling2d(features, {.name = names("global_average_pooling2d")}),
                     options);
}

Tensor without_top(const Application& application, const Tensor& features,
                   const ApplicationOptions& options) {
  const bool short_names = application.short_pool_names;
  Tensor x = features;
  if (options.pooling == "max") {
    x = layers::global_max_pooling2d(x, {.name = short_names ? "max_pool" : "global_max_pooling2d"});
  } else if (options.pooling == "avg" || options.head == Head::kDense) {
    x = layers::global_average_pooling2d(x, {.name = short_names ? "avg_pool" : "global_average_pooling2d"});
  }
  if (application.after_pooling) x = application.after_pooling(x);
  if (options.head == Head::kDense) {
    x = layers::dense(x, {.units = *options.classes,
                          .activation = layers::activation_from_string(options.classifier_activation),
                          .name = "dense"});
  }
  return x;
}

std::string LayerNames::operator()(const std::string& kind) {
  const int count = given_[kind]++;
  return count == 0 ? kind : fmt::format("{}_{}", kind, count);
}

Tensor activated(const Tensor& x, const std::string& function, const std::string& name) {
  return layers::activation(x, {.activation = layers::activation_from_string(function), .name = name});
}

Tensor padded_for_stride(const Tensor& x, int64_t kernel_size, const std::string& name) {
  const int64_t behind = kernel_size / 2;
  const auto before = [&](int64_t size) { return behind - (size % 2 == 0 ? 1 : 0); };
  return layers::zero_padding2d(x, {.top = before(x.shape()[1]),
                                    .bottom = behind,
                                    .left = before(x.shape()[2]),
                                    .right = behind,
                                    .name = name});
}

int64_t nearest_multiple(double v, int64_t divisor) {
  const auto half = static_cast<double>(divisor) / 2;
  const int64_t rounded = std::max(divisor, static_cast<int64_t>(v + half) / divisor * divisor);
  return static_cast<double>(rounded) < 0.9 * v ? rounded + divisor : rounded;
}

}  // namespace nudge::applications
