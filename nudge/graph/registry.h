// From a serialized class name to a layer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nudge/graph/layer.h"

namespace nudge {

using LayerFactory = std::function<LayerPtr(const Json& config)>;

// Makes a class known to layer_from_config(); a later registration of the same name replaces it.
// Call it for custom layers before a file that holds them is read.  Thread-safe.
void register_layer(const std::string& class_name, LayerFactory factory);

// `config` is the layer's own config (what Layer::config() gave).  Throws UnsupportedError naming an
// unknown class and the nearest known one, InputError when the config lacks something.
LayerPtr layer_from_config(const std::string& class_name, const Json& config);

std::vector<std::string> registered_layers();

// The name among `known` that differs least from `name`, or "" when none is near: "did you mean?".
std::string nearest_name(const std::string& name, const std::vector<std::string>& known);

}  // namespace nudge
