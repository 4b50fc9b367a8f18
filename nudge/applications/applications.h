// The architectures of keras.applications and those of small devices, by name.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nudge/graph/model.h"

namespace nudge::applications {

class LayerNames;

enum class Head {
  kKeras,  // what keras.applications gives: its own top with include_top, else pooling or nothing
  kDense,  // for classes of one's own: no top, global pooling (average unless "max"), a softmax Dense "dense"
};

struct ApplicationOptions {
  Shape input_shape = {};        // (height, width, channels); empty: the application's own
  double alpha = 1.0;            // MobileNets: width multiplier, above 0 and at most 100
  int64_t depth_multiplier = 1;  // MobileNet: of its depthwise convolutions
  // MobileNet, MobileNetV3: rate before the top; none: the application's own.
  std::optional<double> dropout = std::nullopt;
  bool minimalistic = false;                      // MobileNetV3: 3x3 kernels, ReLU, no squeeze-and-excite
  bool include_preprocessing = true;              // where Keras builds the scaling of pixels into the model
  bool include_top = true;                        // the classifier that ImageNet's weights come with
  std::string pooling = "";                       // without a top: "avg", "max", or "": the feature map
  std::optional<int64_t> classes = std::nullopt;  // of the top; none: the application's own
  std::string classifier_activation = "softmax";  // of the top; "linear" gives logits
  Head head = Head::kKeras;
  // EfficientNet: another rescaling of its pixels, which the weights of ImageNet were trained behind.
  bool imagenet_weights = false;
};

// Which options an application has beside its input's shape; of others it refuses any but the default.
struct OwnOptions {
  bool alpha = false;
  bool depth_multiplier = false;
  bool dropout = false;
  bool minimalistic = false;
  bool include_preprocessing = false;
  bool classifier = true;             // include_top, pooling, classes, classifier_activation and head
  bool classifier_activation = true;  // of its own top; else that gives logits
  // Its own top is made for classes of one's own, and is what Head::kDense gives.
  bool own_head = false;
};

// One architecture: how it is built, and how the images that it was made for are prepared.
struct Application {
  std::string name;                   // Keras's: "MobileNetV2"
  std::vector<std::string> aliases;   // other spellings, lower case; the name itself always counts
  std::string model_name;             // Keras's: "densenet121"; {0} is alpha, {1} the image's height
  std::string preprocessing;          // of pixels, in the words of data::Preprocess: "tf", "none"
  std::string bare_preprocessing;     // the same without include_preprocessing
  Shape input_shape = {224, 224, 3};  // without the batch
  int64_t minimum = 32;               // of the image's height and width
  OwnOptions own = {};
  double dropout = 0;
  int64_t classes = 1000;
  // From the input to the features that the classifier reads, and the classifier.  The options are complete:
  // nothing is empty; `names` goes on from one to the other.
  std::function<Tensor(const Tensor& image, const ApplicationOptions& options, LayerNames& names)> body;
  std::function<Tensor(const Tensor& features, const ApplicationOptions& options, LayerNames& names)> top;
  // Keras calls what pools without a top "avg_pool" or "max_pool"; else by its class.
  bool short_pool_names = true;
  // What follows the pooling where there is no top; none: nothing.
  std::function<Tensor(const Tensor& pooled)> after_pooling;
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
