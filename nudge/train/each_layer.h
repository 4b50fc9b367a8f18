// Every layer of a model that is no model itself.
#pragma once

#include <functional>

#include "nudge/graph/model.h"

namespace nudge::train {

// Through nested models; a layer that is called twice may come twice.
void each_layer(const LayerPtr& layer, const std::function<void(Layer&)>& visit);
void each_layer(const Model& model, const std::function<void(Layer&)>& visit);

// The layer that quantizers wrap, else the layer itself.
const Layer& unwrapped(const Layer& layer);

}  // namespace nudge::train
