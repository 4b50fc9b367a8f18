// Rebuilding a graph with other layers: the base of every graph transform.
#pragma once

#include <functional>

#include "nudge/graph/model.h"

namespace nudge {

// Given a node of the old graph and its inputs already in the new one, returns its outputs there.
using NodeRewriter = std::function<std::vector<Tensor>(const Node& node, const std::vector<Tensor>& inputs)>;

// Walks `model` in topological order and rebuilds it from what `rewrite` returns.
ModelPtr rewrite_model(const Model& model, const NodeRewriter& rewrite, const std::string& name = "");

// Keras's clone_model: each layer replaced by clone_layer(layer), once, however often it is called.
// Weight values are what clone_layer gives them.
ModelPtr clone_model(const Model& model, const std::function<LayerPtr(const Layer&)>& clone_layer);

}  // namespace nudge
