// The architectures of keras.applications, and the small CNN of the guides, by name.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"

namespace nudge::applications {

enum class Head {
  kKeras,  // what keras.applications gives: its own top with include_top, else pooling or nothing
  kDense,  // for classes of one's own: no top, global pooling (average unless "max"), a softmax Dense "dense"
};

struct ApplicationOptions {
  Shape input_shape = {};        // (height, width, channels); empty: the default image size, RGB
  double alpha = 1.0;            // width multiplier, above 0 and at most 100
  int64_t depth_multiplier = 1;  // MobileNet: of its depthwise convolutions
  double dropout = 0.001;        // MobileNet: rate before its top
  bool include_top = true;       // the classifier that ImageNet's weights come with
  std::string pooling = "";      // without a top: "avg", "max", or "" for the feature map
  int64_t classes = 1000;        // of the top
  std::string classifier_activation = "softmax";  // of the top; "linear" gives logits
  Head head = Head::kKeras;
};

// How the images that a model was made for are prepared.
struct Application {
  std::string name;                  // Keras's: "MobileNetV2"
  std::vector<std::string> aliases;  // other spellings, lower case; the name itself always counts
  std::string preprocessing;         // "tf": x / 127.5 - 1; "rescale": x / 255
  int64_t image_size = 224;          // default height and width
  ModelPtr (*build)(const ApplicationOptions& options);
};

const std::vector<Application>& applications();

// Names compare without case, "-" and "_".  Throws ValueError listing the known names and the nearest.
const Application& application(const std::string& name);
bool is_application(const std::string& name);

// The architecture, its weights without values until initialize() or a file gives them.
// Throws ValueError on options that are out of range, that it does not have, or that change nothing in what
// is asked for: pooling with its own top, classes without one.
ModelPtr build_application(const std::string& name, const ApplicationOptions& options = {});

}  // namespace nudge::applications
