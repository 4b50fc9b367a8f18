#include "nudge/applications/imagenet_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "nudge/applications/backbone.h"
#include "nudge/base/error.h"

namespace nudge::applications {
namespace {

constexpr const char* kBase = "https://storage.googleapis.com/tensorflow/keras-applications/";
constexpr int64_t kClasses = 1000;
constexpr int64_t kDefaultSize = 224;

struct Width {
  double alpha;
  const char* text;  // in the file's name
};

constexpr std::array<Width, 4> kMobileNetWidths = {
    {{0.25, "2_5"}, {0.5, "5_0"}, {0.75, "7_5"}, {1.0, "1_0"}}};
constexpr std::array<int64_t, 4> kMobileNetSizes = {128, 160, 192, 224};
constexpr std::array<Width, 6> kMobileNetV2Widths = {
    {{0.35, "0.35"}, {0.5, "0.5"}, {0.75, "0.75"}, {1.0, "1.0"}, {1.3, "1.3"}, {1.4, "1.4"}}};
constexpr std::array<int64_t, 5> kMobileNetV2Sizes = {96, 128, 160, 192, 224};

struct Published {
  const char* application;
  const char* folder;
  std::span<const Width> widths;
  std::span<const int64_t> sizes;
  const char* file;  // of width and size
  const char* no_top;
};

constexpr std::array<Published, 2> kPublished = {{
    {"MobileNet", "mobilenet", kMobileNetWidths, kMobileNetSizes, "mobilenet_{}_{}_tf", "_no_top"},
    {"MobileNetV2", "mobilenet_v2", kMobileNetV2Widths, kMobileNetV2Sizes,
     "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{}_{}", "_no_top"},
}};

const Published& published(const std::string& name) {
  for (const Published& each : kPublished) {
    if (name == each.application) return each;
  }
  std::vector<std::string> known;
  for (const Published& each : kPublished) known.emplace_back(each.application);
  throw ValueError(
      fmt::format("application '{}' has no ImageNet weights, there are those of {}; leave the weights out to "
                  "start from scratch",
                  name, fmt::join(known, ", ")));
}

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw ValueError(fmt::format("{}: ImageNet weights {}", name, why));
}

const Width& width_of(const Published& published, double alpha) {
  for (const Width& width : published.widths) {
    if (width.alpha == alpha) return width;
  }
  std::vector<std::string> known;
  for (const Width& width : published.widths) known.push_back(fmt::format("{}", width.alpha));
  refuse(published.application,
         fmt::format("are there for alpha {} only, not {}", fmt::join(known, ", "), alpha));
}

// The side of square images, 0 of others.
int64_t side_of(const ApplicationOptions& options) {
  if (options.input_shape.empty()) return kDefaultSize;
  return options.input_shape[0] == options.input_shape[1] ? options.input_shape[0] : 0;
}

void check_top(const Published& published, const ApplicationOptions& options, bool other_size) {
  if (options.classes != kClasses) {
    refuse(
        published.application,
        fmt::format("with their own top have {} classes, not {}; leave the top out (include_top=false) for "
                    "classes of your own",
                    kClasses, options.classes));
  }
  if (options.classifier_activation != "softmax" && options.classifier_activation != "linear") {
    refuse(published.application,
           fmt::format("with their own top end in softmax or linear, not {}", options.classifier_activation));
  }
  if (other_size) {
    refuse(published.application,
           fmt::format("with their own top take square images of {} pixels only; leave the "
                       "top out (include_top=false) for others",
                       fmt::join(published.sizes, ", ")));
  }
}

}  // namespace

PretrainedFile imagenet_weights(const std::string& name, const ApplicationOptions& options) {
  const Published& found = published(application(name).name);
  const Width& width = width_of(found, options.alpha);
  if (options.depth_multiplier != 1) refuse(found.application, "have a depth_multiplier of 1 only");
  if (options.input_shape.size() == 3 && options.input_shape[2] != 3) {
    refuse(found.application, fmt::format("take images of 3 channels, not {}", options.input_shape[2]));
  }
  const int64_t side = side_of(options);
  const bool other_size = std::ranges::find(found.sizes, side) == found.sizes.end();
  const bool top = has_top(options);
  if (top) check_top(found, options, other_size);
  PretrainedFile file;
  file.top = top;
  file.image_size = other_size ? kDefaultSize : side;
  file.other_image_size = other_size;
  file.name =
      fmt::format(fmt::runtime(found.file), width.text, file.image_size) + (top ? "" : found.no_top) + ".h5";
  file.url = fmt::format("{}{}/{}", kBase, found.folder, file.name);
  return file;
}

}  // namespace nudge::applications
