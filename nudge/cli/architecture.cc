#include "nudge/cli/architecture.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/cli/weights_option.h"
#include "nudge/data/image_size.h"

namespace nudge::cli {
namespace {

double elements_of(const Shape& shape) {
  double count = 1;
  for (const int64_t size : shape) count *= static_cast<double>(size == kUnknown ? 1 : size);
  return count;
}

double physical_memory() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void add_architecture_options(CLI::App& command, ArchitectureOptions& options) {
  command.add_option("--image-size", options.image_size,
                     "Of an application, or of a file that takes any size: height and width (its own)");
  command.add_option("--alpha", options.alpha, "Of an application: width multiplier (1)");
  command.add_flag("--minimalistic", options.minimalistic,
                   "MobileNetV3: 3x3 kernels, ReLU, no squeeze-and-excite");
  command
      .add_option("--include-preprocessing", options.include_preprocessing,
                  "Of an application that scales its own pixels: whether it does, true or false (true)")
      ->check(CLI::IsMember({"true", "false"}));
  command.add_option("--classes", options.classes, "Of an application: classes of the classifier");
  command.add_option("--pooling", options.pooling, "Of an application: avg or max, before the classifier")
      ->check(CLI::IsMember({"avg", "max"}));
  command.add_option(
      "--weights", options.weights,
      "imagenet, or a file of weights or a model whose weights are taken: .h5, .weights.h5 or .keras");
}

applications::ApplicationOptions application_options(const ArchitectureOptions& options) {
  applications::ApplicationOptions wanted;
  wanted.alpha = options.alpha.value_or(wanted.alpha);
  wanted.minimalistic = options.minimalistic;
  wanted.include_preprocessing = options.include_preprocessing.value_or(true);
  wanted.imagenet_weights = options.weights == kImagenet;
  if (options.image_size) {
    data::check_image_size({*options.image_size, *options.image_size});
    wanted.input_shape = {*options.image_size, *options.image_size, 3};
  }
  const std::optional<int64_t> classes =
      options.classes || options.default_classes == 0 ? options.classes : options.default_classes;
  wanted.include_top = options.include_top.value_or(true);
  wanted.pooling = options.pooling.value_or("");
  if (classes) {
    if (*classes < 1) throw ValueError(fmt::format("--classes {}: a classifier needs one or more", *classes));
    wanted.classes = *classes;
    if (!options.include_top.value_or(false)) wanted.head = applications::Head::kDense;
  }
  return wanted;
}

ModelPtr build_architecture(const std::string& name, const ArchitectureOptions& options) {
  return applications::build_application(name, application_options(options));
}

void check_architecture(const Model& model, const std::string& file, const ArchitectureOptions& options) {
  const auto check = [&](const char* flag, std::optional<int64_t> given, const Shape& shape, size_t axis) {
    if (!given || (axis < shape.size() && shape[axis] == *given)) return;
    throw ValueError(
        fmt::format("{} {}: {} has {}; the flag is for applications", flag, *given, file, to_string(shape)));
  };
  check("--image-size", options.image_size, model.inputs().front().shape(), 1);
  check("--classes", options.classes, model.outputs().front().shape(), 1);
  const auto warn = [&](const char* flag, bool given) {
    if (given) log_warning(fmt::format("{} is for applications and changes nothing in {}", flag, file));
  };
  warn("--alpha", options.alpha.has_value());
  warn("--minimalistic", options.minimalistic);
  warn("--include-preprocessing", options.include_preprocessing.has_value());
  warn("--pooling", options.pooling.has_value());
  warn("--include-top", options.include_top.has_value());
}

void check_memory(const Model& model, int64_t batch) {
  // A weight has a gradient and an optimizer's average beside it; an activation is kept for the way back.
  double values = 0;
  for (const Weight* weight : model.weights()) values += 3 * elements_of(weight->shape);
  for (const auto& node : model.nodes()) {
    for (const Shape& shape : node->output_shapes) values += static_cast<double>(batch) * elements_of(shape);
  }
  const double bytes = values * sizeof(float);
  if (bytes <= physical_memory()) return;
  throw ValueError(fmt::format(
      "model '{}' takes about {:.0f} GB to train with {} images a step, this machine has {:.0f} GB; "
      "use smaller images or a smaller --batch",
      model.name(), bytes / 1e9, batch, physical_memory() / 1e9));
}

}  // namespace nudge::cli
