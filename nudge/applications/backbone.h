// What the architectures share: checked options, the input, what follows the last feature map, and pieces.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nudge/applications/applications.h"
#include "nudge/layers/activation_function.h"

namespace nudge::applications {

// The names that Keras gives a new model's layers by their class: "conv2d", "conv2d_1", ...
class LayerNames {
 public:
  std::string operator()(const std::string& kind);

 private:
  std::map<std::string, int> given_;
};

// An application for each row of a family's table.
template <typename Row, size_t N, typename Make>
std::vector<Application> from_rows(const Row (&rows)[N], const Make& make) {
  std::vector<Application> made;
  for (const Row& row : rows) made.push_back(make(row));
  return made;
}

// Throws ValueError, naming the application, unless alpha, pooling, classes and the rest are in range, and
// when an option that this model would ignore is not at its default.
void check_options(const Application& application, const ApplicationOptions& options);

// The model's input, called "input_1" as in tf_keras.  Throws ValueError when the shape is not
// (height, width, channels), or for an application of vectors (values,), or below its minimum.
Tensor model_input(const Application& application, const ApplicationOptions& options);

// Whether the architecture's own classifier follows.
bool has_top(const Application& application, const ApplicationOptions& options);

// The usual classifier: "avg_pool", with a dropout rate "top_dropout", "predictions".
Tensor standard_top(const Tensor& features, const ApplicationOptions& options, LayerNames& names);
// The same without dropout, and with a pooling that is named by its class: "global_average_pooling2d".
Tensor plain_top(const Tensor& features, const ApplicationOptions& options, LayerNames& names);
Tensor pooled_top(const Tensor& features, const ApplicationOptions& options, const Initializer& kernel);

// The last layer of a classifier.
Tensor predictions(const Tensor& x, const ApplicationOptions& options, const Initializer& kernel = {},
                   const std::string& name = "predictions");

// Without a top: the pooling that the options ask for, and with Head::kDense the classifier.
Tensor without_top(const Application& application, const Tensor& features, const ApplicationOptions& options);

// An Activation layer.
Tensor activated(const Tensor& x, const std::string& function, const std::string& name);

// Zeros around an image so that a valid window of stride 2 sees it as Keras's correct_pad() does: an even
// size gets one less in front.
Tensor padded_for_stride(const Tensor& x, int64_t kernel_size, const std::string& name);

// The multiple of the divisor nearest to v, but not below 0.9 v.
int64_t nearest_multiple(double v, int64_t divisor = 8);

}  // namespace nudge::applications
