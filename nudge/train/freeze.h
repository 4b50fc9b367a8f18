// Which layers of a model are trained, as in Keras: a frozen layer keeps its weights, its gradients are not
// computed, and a frozen BatchNormalization runs on its moving averages in training too.
#pragma once

#include <string>

#include "nudge/graph/model.h"

namespace nudge::train {

// Each looks into nested models and at the layers that quantizers wrap, and throws ValueError when there is
// no such layer.

// Layers whose whole name matches the regular expression.
void freeze_matching(Model& model, const std::string& expression);
// The layers of block NAME (NAME itself, NAME_...) and every layer that they depend on.
void freeze_until(Model& model, const std::string& block);
// Everything before the head of classifier_head.h.
void freeze_backbone(Model& model);

// What a flag says: "none" (everything is trained), "backbone", "until:NAME", or a regular expression.
void freeze(Model& model, const std::string& what);

struct FrozenLayers {
  int frozen = 0;
  int all = 0;
};
// Of the layers that have trainable weights.
FrozenLayers count_frozen(const Model& model);

}  // namespace nudge::train
