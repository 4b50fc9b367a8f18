#include "nudge/applications/imagenet_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "nudge/applications/backbone.h"
#include "nudge/applications/imagenet_files.h"
#include "nudge/base/error.h"

namespace nudge::applications {
namespace {

constexpr const char* kServer = "https://storage.googleapis.com/";
constexpr int64_t kClasses = 1000;
constexpr int64_t kDefaultSize = 224;

// MobileNet's and MobileNetV2's are one for each width and image size, and have no hashes.
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

struct Sized {
  const char* application;
  const char* folder;
  std::span<const Width> widths;
  std::span<const int64_t> sizes;
  const char* file;  // of width and size
};

constexpr std::array<Sized, 2> kSized = {{
    {"MobileNet", "tensorflow/keras-applications/mobilenet/", kMobileNetWidths, kMobileNetSizes,
     "mobilenet_{}_{}_tf"},
    {"MobileNetV2", "tensorflow/keras-applications/mobilenet_v2/", kMobileNetV2Widths, kMobileNetV2Sizes,
     "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{}_{}"},
}};

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw ValueError(fmt::format("{}: ImageNet weights {}", name, why));
}

const Width& width_of(const Sized& sized, double alpha) {
  for (const Width& width : sized.widths) {
    if (width.alpha == alpha) return width;
  }
  std::vector<std::string> known;
  for (const Width& width : sized.widths) known.push_back(fmt::format("{}", width.alpha));
  refuse(sized.application,
         fmt::format("are there for alpha {} only, not {}", fmt::join(known, ", "), alpha));
}

// The side of square images, 0 of others.
int64_t side_of(const ApplicationOptions& options) {
  if (options.input_shape.empty()) return kDefaultSize;
  return options.input_shape[0] == options.input_shape[1] ? options.input_shape[0] : 0;
}

void check_top(const std::string& name, const ApplicationOptions& options) {
  if (options.classes.value_or(kClasses) != kClasses) {
    refuse(name, fmt::format("with their own top have {} classes, not {}; leave the top out "
                             "(include_top=false) for classes of your own",
                             kClasses, *options.classes));
  }
  if (options.classifier_activation != "softmax" && options.classifier_activation != "linear") {
    refuse(name,
           fmt::format("with their own top end in softmax or linear, not {}", options.classifier_activation));
  }
}

[[noreturn]] void refuse_size(const std::string& name, const std::string& sizes) {
  refuse(name, fmt::format("with their own top take square images of {} pixels only; leave the top out "
                           "(include_top=false) for others",
                           sizes));
}

PretrainedFile sized_file(const Sized& found, const ApplicationOptions& options, bool top) {
  const Width& width = width_of(found, options.alpha);
  if (options.depth_multiplier != 1) refuse(found.application, "have a depth_multiplier of 1 only");
  const int64_t side = side_of(options);
  PretrainedFile file;
  file.other_image_size = std::ranges::find(found.sizes, side) == found.sizes.end();
  if (top && file.other_image_size) {
    refuse_size(found.application, fmt::format("{}", fmt::join(found.sizes, ", ")));
  }
  file.image_size = file.other_image_size ? kDefaultSize : side;
  file.name =
      fmt::format(fmt::runtime(found.file), width.text, file.image_size) + (top ? "" : "_no_top") + ".h5";
  file.url = fmt::format("{}{}{}", kServer, found.folder, file.name);
  return file;
}

PretrainedFile file_of(const ImagenetFamily& family, const ImagenetFile& file, bool top) {
  const std::string name = fmt::format(fmt::runtime(family.pattern), file.name);
  const std::string cached = file.cached == nullptr ? name : file.cached;
  PretrainedFile found;
  found.name = cached + (top ? "" : family.cached_no_top) + ".h5";
  found.url = fmt::format("{}{}{}{}.h5", kServer, family.folder, name, top ? "" : family.no_top);
  found.hash = top ? file.hash : file.hash_no_top;
  return found;
}

// MobileNetV3's are one for each of three variants, all for images of 224.
std::string mobilenet_v3_variant(const std::string& name, const ApplicationOptions& options) {
  if (options.alpha != 1 && (options.minimalistic || options.alpha != 0.75)) {
    refuse(name,
           fmt::format("are there for alpha 0.75 and 1, minimalistic for 1 only, not {}", options.alpha));
  }
  return fmt::format("{}{}_224_{}", name == "MobileNetV3Small" ? "small" : "large",
                     options.minimalistic ? "_minimalistic" : "", options.alpha == 1 ? "1.0" : "0.75");
}

PretrainedFile family_file(const Application& wanted, const ApplicationOptions& options, bool top) {
  const bool v3 = wanted.name.starts_with("MobileNetV3");
  const std::string variant = v3 ? mobilenet_v3_variant(wanted.name, options) : "";
  for (const ImagenetFamily& family : imagenet_families()) {
    for (const ImagenetFile& file : family.files) {
      if (wanted.name != file.application || (v3 && variant != file.name)) continue;
      PretrainedFile found = file_of(family, file, top);
      found.image_size = wanted.input_shape[0];
      found.other_image_size = v3 && side_of(options) != kDefaultSize;
      // Keras lets ResNetRS go, whose files are for other sizes than it builds by itself.
      const bool any_size = v3 || wanted.name.starts_with("ResNetRS");
      if (top && !any_size && !options.input_shape.empty() && options.input_shape != wanted.input_shape) {
        refuse_size(wanted.name, std::to_string(found.image_size));
      }
      return found;
    }
  }
  throw ValueError(fmt::format(
      "application '{}' has no ImageNet weights; leave the weights out to start from scratch", wanted.name));
}

}  // namespace

PretrainedFile imagenet_weights(const std::string& name, const ApplicationOptions& options) {
  const Application& wanted = application(name);
  if (options.input_shape.size() == 3 && options.input_shape[2] != 3) {
    refuse(wanted.name, fmt::format("take images of 3 channels, not {}", options.input_shape[2]));
  }
  const bool top = has_top(wanted, options);
  const auto sized =
      std::ranges::find_if(kSized, [&](const Sized& each) { return wanted.name == each.application; });
  PretrainedFile file =
      sized != kSized.end() ? sized_file(*sized, options, top) : family_file(wanted, options, top);
  if (top) check_top(wanted.name, options);
  file.top = top;
  return file;
}

}  // namespace nudge::applications
