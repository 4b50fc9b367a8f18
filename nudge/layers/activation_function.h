// The functions that Keras names in `activation=`.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/base/shape.h"

namespace nudge::layers {

enum class ActivationFunction {
  kLinear,
  kRelu,
  kRelu6,
  kSigmoid,
  kTanh,
  kSoftmax,
  kCelu,
  kElu,
  kExponential,
  kGelu,
  kGlu,
  kHardShrink,
  kHardSigmoid,
  kHardSilu,
  kHardTanh,
  kLeakyRelu,
  kLogSigmoid,
  kLogSoftmax,
  kMish,
  kSelu,
  kSilu,
  kSoftShrink,
  kSoftplus,
  kSoftsign,
  kSparsemax,
  kSparsePlus,
  kSparseSigmoid,
  kSquareplus,
  kTanhShrink
};

// Keras's name: "relu6".
std::string to_string(ActivationFunction function);

// Throws UnsupportedError listing the known names; `where` names the layer and may be empty.
ActivationFunction activation_from_string(const std::string& name, const std::string& where = "");

// From a configuration: null (linear), a name, or Keras's serialized function.
ActivationFunction activation_from_json(const Json& json, const std::string& where = "");

std::vector<std::string> activation_names();

}  // namespace nudge::layers
