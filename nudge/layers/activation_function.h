// The functions that Keras names in `activation=`.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/base/shape.h"

namespace nudge::layers {

using nudge::to_string;  // a shape's, which the one here would hide

// A function added here is a warning, and so an error, in every switch that has to learn it.
enum class ActivationFunction { kLinear, kRelu, kRelu6, kSigmoid, kTanh, kSoftmax };

// Keras's name: "relu6".
std::string to_string(ActivationFunction function);

// Throws UnsupportedError listing the known names; `where` names the layer and may be empty.
ActivationFunction activation_from_string(const std::string& name, const std::string& where = "");

// From a configuration: null (linear), a name, or Keras's serialized function.
ActivationFunction activation_from_json(const Json& json, const std::string& where = "");

std::vector<std::string> activation_names();

}  // namespace nudge::layers
