#include "nudge/layers/masks.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "nudge/base/error.h"
#include "nudge/graph/flatten.h"

namespace nudge::layers {
namespace {

constexpr std::array<std::string_view, 12> kUseMasks{
    "AdditiveAttention",      "Attention",           "BatchNormalization",
    "Bidirectional",          "ConvLSTM2D",          "GRU",
    "GlobalAveragePooling1D", "GroupQueryAttention", "LSTM",
    "MultiHeadAttention",     "SimpleRNN",           "Softmax"};
// Keras's supports_masking: what they make has the mask of what they take.
constexpr std::array<std::string_view, 23> kPassMasks{"Activation",
                                                      "ActivityRegularization",
                                                      "Add",
                                                      "AlphaDropout",
                                                      "Average",
                                                      "Concatenate",
                                                      "Dense",
                                                      "Dot",
                                                      "Dropout",
                                                      "ELU",
                                                      "GaussianDropout",
                                                      "GaussianNoise",
                                                      "GroupNormalization",
                                                      "Identity",
                                                      "LayerNormalization",
                                                      "LeakyReLU",
                                                      "Maximum",
                                                      "Minimum",
                                                      "Multiply",
                                                      "PReLU",
                                                      "ReLU",
                                                      "Subtract",
                                                      "TimeDistributed"};

bool is_one_of(const auto& names, const Layer& layer) {
  return std::ranges::find(names, std::string_view(layer.class_name())) != names.end();
}

}  // namespace

void check_masks(const Model& model) {
  const auto makes_mask = [](const LayerPtr& layer) { return layer->class_name() == "Masking"; };
  const ModelPtr flat = flatten_model(model);
  if (std::ranges::none_of(flat->layers(), makes_mask)) return;
  std::set<const Node*> masked;
  for (const auto& node : flat->nodes()) {
    const Layer& layer = *node->layer;
    const bool given = std::ranges::any_of(
        node->inputs, [&](const Tensor& input) { return masked.contains(input.node.get()); });
    if (given && is_one_of(kUseMasks, layer)) {
      throw UnsupportedError("layer '" + layer.name() + "' (" + layer.class_name() +
                             "): uses the mask of a Masking layer before it, which is not supported");
    }
    if (makes_mask(node->layer) || (given && is_one_of(kPassMasks, layer))) masked.insert(node.get());
  }
}

}  // namespace nudge::layers
