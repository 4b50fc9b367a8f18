#include "nudge/train/freeze.h"

#include <algorithm>
#include <functional>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/graph/layer_pattern.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/train/classifier_head.h"
#include "nudge/train/each_layer.h"

namespace nudge::train {
namespace {

using Matches = std::function<bool(const Layer&)>;

// By the layer's name or that of the layer which its quantizers wrap.
Matches by_name(std::function<bool(const std::string&)> matches) {
  return [matches = std::move(matches)](const Layer& layer) {
    return matches(layer.name()) || matches(unwrapped(layer).name());
  };
}

// Freezes what matches, and with `before` what that depends on; whether there was any.
bool freeze_where(const Model& model, const Matches& matches, bool before) {
  std::set<const Node*> needed;
  bool any = false;
  const auto& nodes = model.nodes();
  for (auto at = nodes.rbegin(); at != nodes.rend(); ++at) {  // from the outputs back
    const Node& node = **at;
    const auto* nested = dynamic_cast<const Model*>(node.layer.get());
    const bool here = matches(*node.layer);
    if (here || needed.contains(&node)) {
      each_layer(node.layer, [](Layer& layer) { layer.set_trainable(false); });
    } else if (nested == nullptr || !freeze_where(*nested, matches, before)) {
      continue;
    }
    any = true;
    for (const Tensor& input : node.inputs) {
      if (before) needed.insert(input.node.get());
    }
  }
  return any;
}

}  // namespace

void freeze_matching(Model& model, const std::string& expression) {
  const LayerPattern pattern(expression);
  const Matches matches = by_name([&](const std::string& name) { return pattern.matches(name); });
  if (!freeze_where(model, matches, false)) {
    throw ValueError(in_quotes(expression) + " matches no layer of model '" + model.name() + "'");
  }
}

void freeze_until(Model& model, const std::string& block) {
  const Matches matches =
      by_name([&](const std::string& name) { return name == block || name.starts_with(block + "_"); });
  if (!freeze_where(model, matches, true)) {
    throw ValueError("model '" + model.name() + "' has no layer or block '" + block + "'");
  }
}

void freeze_backbone(Model& model) {
  const ClassifierHead head = classifier_head(model);
  if (head.pooling == nullptr || head.layers.empty()) {
    throw ValueError("model '" + model.name() + "' has no head behind a pooling, so no backbone before it");
  }
  freeze_where(
      model, [&](const Layer& layer) { return &layer == head.pooling.get(); }, true);
}

void freeze(Model& model, const std::string& what) {
  constexpr std::string_view kUntil = "until:";
  if (what == "none") return model.set_trainable(true);
  if (what == "backbone") return freeze_backbone(model);
  if (what.starts_with(kUntil)) return freeze_until(model, what.substr(kUntil.size()));
  freeze_matching(model, what);
}

FrozenLayers count_frozen(const Model& model) {
  FrozenLayers count;
  std::set<const Layer*> seen;
  const auto visit = [&](Layer& layer) {
    const auto parameters = layer.weights();
    const bool trains = std::any_of(parameters.begin(), parameters.end(),
                                    [](const Weight* weight) { return weight->trainable; });
    if (!trains || !seen.insert(&layer).second) return;
    ++count.all;
    if (!layer.trainable()) ++count.frozen;
  };
  each_layer(model, visit);
  return count;
}

}  // namespace nudge::train
