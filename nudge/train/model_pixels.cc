#include "nudge/train/model_pixels.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "nudge/graph/flatten.h"
#include "nudge/layers/training_only.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::train {
namespace {

using NameAndClass = std::pair<std::string, std::string>;

struct Mark {
  KnownArchitecture architecture;
  std::vector<NameAndClass> layers;  // all of them, of the body: heads are exchanged
};

// The first whose layers are all there counts.
const std::vector<Mark>& marks() {
  static const std::vector<Mark> table = {
      {{"MobileNetV2", "tf"},
       {{"Conv1", "Conv2D"},
        {"bn_Conv1", "BatchNormalization"},
        {"expanded_conv_depthwise", "DepthwiseConv2D"},
        {"block_1_expand", "Conv2D"}}},
      {{"MobileNet", "tf"}, {{"conv1", "Conv2D"}, {"conv_dw_1", "DepthwiseConv2D"}, {"conv_pw_1", "Conv2D"}}},
      {{"DenseNet", "torch"},
       {{"conv2_block1_0_bn", "BatchNormalization"}, {"conv2_block1_concat", "Concatenate"}}},
      {{"ResNetV2", "tf"},
       {{"conv2_block1_preact_bn", "BatchNormalization"}, {"post_bn", "BatchNormalization"}}},
      {{"ResNet", "caffe"},
       {{"conv1_conv", "Conv2D"}, {"conv2_block1_1_conv", "Conv2D"}, {"conv2_block1_out", "Activation"}}},
      {{"VGG", "caffe"},
       {{"block1_conv2", "Conv2D"}, {"block5_conv3", "Conv2D"}, {"block5_pool", "MaxPooling2D"}}},
  };
  return table;
}

const quantize::QuantizedLayer* as_quantized(const Layer& layer) {
  return dynamic_cast<const quantize::QuantizedLayer*>(&layer);
}

const Layer& plain_layer(const Layer& layer) {
  const auto* quantized = as_quantized(layer);
  return quantized != nullptr && quantized->inner() != nullptr ? *quantized->inner() : layer;
}

void collect(const Model& model, std::set<NameAndClass>& found) {
  for (const LayerPtr& layer : model.layers()) {
    if (const auto* nested = dynamic_cast<const Model*>(layer.get())) {
      collect(*nested, found);
      continue;
    }
    const Layer& plain = plain_layer(*layer);
    found.emplace(plain.name(), plain.class_name());
  }
}

bool scales_pixels(const std::string& class_name) {
  return class_name == "Rescaling" || class_name == "Normalization";
}

// Pixels are still what they were behind it.
bool leaves_pixels(const Layer& layer) {
  static const std::set<std::string> names = {"InputLayer", "ZeroPadding2D", "Cropping2D", "Reshape"};
  const auto* quantized = as_quantized(layer);
  return (quantized != nullptr && quantized->inner() == nullptr) ||
         names.contains(plain_layer(layer).class_name()) || layers::acts_in_training_only(plain_layer(layer));
}

// The layer that scales on every way on from here; empty where one has none.
std::string scaling_behind(const Model& model, const Tensor& tensor) {
  std::string name;
  for (const auto& node : model.nodes()) {
    if (std::find(node->inputs.begin(), node->inputs.end(), tensor) == node->inputs.end()) continue;
    const Layer& layer = *node->layer;
    const std::string found = scales_pixels(plain_layer(layer).class_name()) ? plain_layer(layer).name()
                              : leaves_pixels(layer) ? scaling_behind(model, {node, 0})
                                                     : "";
    if (found.empty()) return "";
    name = found;
  }
  return name;
}

}  // namespace

std::string pixel_scaling_layer(const Model& model) {
  const ModelPtr flat = flatten_model(model);
  std::string name;
  for (const Tensor& input : flat->inputs()) {
    name = scaling_behind(*flat, input);
    if (name.empty()) return "";
  }
  return name;
}

std::optional<KnownArchitecture> known_architecture(const Model& model) {
  std::set<NameAndClass> found;
  collect(model, found);
  for (const Mark& mark : marks()) {
    if (std::all_of(mark.layers.begin(), mark.layers.end(),
                    [&](const NameAndClass& layer) { return found.contains(layer); })) {
      return mark.architecture;
    }
  }
  return std::nullopt;
}

}  // namespace nudge::train
