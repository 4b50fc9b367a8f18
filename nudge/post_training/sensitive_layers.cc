#include "nudge/post_training/sensitive_layers.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "nudge/explain/explain.h"

namespace nudge::post_training {

std::vector<LayersTogether> sensitive_layers(const ModelPtr& quantized, data::BatchStream& data,
                                             int64_t batches) {
  std::vector<std::vector<Array>> shown;
  data.seek(0, 0);
  for (int64_t i = 0; i < std::min(batches, data.steps_per_epoch()); ++i) shown.push_back(data.next().inputs);
  std::vector<explain::LayerError> errors = explain::explain(quantized, shown);
  std::set<std::string> inputs;
  for (const Tensor& input : quantized->inputs()) inputs.insert(input.layer().name());
  std::erase_if(errors, [&](const explain::LayerError& error) {
    return !error.island.empty() || inputs.contains(error.layer) || std::isinf(error.own_sqnr);
  });
  std::ranges::stable_sort(errors, {}, &explain::LayerError::own_sqnr);
  std::vector<LayersTogether> layers;
  layers.reserve(errors.size());
  for (explain::LayerError& error : errors) layers.push_back(std::move(error.together));
  return layers;
}

std::string expression_of(const std::vector<LayersTogether>& layers) {
  constexpr std::string_view kSpecial = R"(\^$.|?*+()[]{})";
  std::string expression;
  for (const LayersTogether& together : layers) {
    for (const std::string& name : together) {
      if (!expression.empty()) expression += '|';
      for (const char letter : name) {
        if (kSpecial.find(letter) != std::string_view::npos) expression += '\\';
        expression += letter;
      }
    }
  }
  return expression;
}

}  // namespace nudge::post_training
