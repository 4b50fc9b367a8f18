#include <fmt/format.h>

#include <array>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

namespace nudge::applications {
namespace {

using layers::ActivationFunction;

struct VggBlock {
  int64_t filters;
  int convolutions;
};
using Blocks = std::array<VggBlock, 5>;

Tensor vgg_body(const Tensor& image, const Blocks& blocks) {
  Tensor x = image;
  int number = 1;
  for (const VggBlock& block : blocks) {
    const std::string name = fmt::format("block{}_", number++);
    for (int i = 1; i <= block.convolutions; ++i) {
      x = layers::conv2d(x, {.filters = block.filters,
                             .kernel_size = 3,
                             .padding = layers::Padding::kSame,
                             .activation = ActivationFunction::kRelu,
                             .name = fmt::format("{}conv{}", name, i)});
    }
    x = layers::max_pooling2d(x, {.name = name + "pool"});
  }
  return x;
}

Tensor vgg_top(const Tensor& features, const ApplicationOptions& options, LayerNames&) {
  Tensor x = layers::flatten(features, {.name = "flatten"});
  for (const char* name : {"fc1", "fc2"}) {
    x = layers::dense(x, {.units = 4096, .activation = ActivationFunction::kRelu, .name = name});
  }
  return predictions(x, options);
}

Application vgg_of(int layers, const Blocks& blocks) {
  return {.name = fmt::format("VGG{}", layers),
          .model_name = fmt::format("vgg{}", layers),
          .preprocessing = "caffe",
          .body = [blocks](const Tensor& image, const ApplicationOptions&,
                           LayerNames&) { return vgg_body(image, blocks); },
          .top = vgg_top,
          .short_pool_names = false};
}

}  // namespace

std::vector<Application> vgg() {
  return {vgg_of(16, {{{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}}}),
          vgg_of(19, {{{64, 2}, {128, 2}, {256, 4}, {512, 4}, {512, 4}}})};
}

}  // namespace nudge::applications
