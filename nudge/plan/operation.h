// What lowering makes of a model before steps are chosen: one operation after the other on values.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/plan/values.h"
#include "nudge/quantize/ranges.h"

namespace nudge::plan {

struct Operation {
  enum class Kind {
    kLayer,         // a layer without its activation function
    kActivation,    // an activation function
    kFakeQuantize,  // a quantizer, of an activation or of a weight
    kView,          // the same elements under another shape
    kDropout,
  };
  Kind kind = Kind::kLayer;
  std::string name;
  const Layer* layer = nullptr;  // kLayer, kDropout: with its quantizers taken off
  layers::ActivationFunction activation = layers::ActivationFunction::kLinear;
  quantize::Range* range = nullptr;  // kFakeQuantize
  bool inference_only = false;       // kFakeQuantize
  bool of_weight = false;            // kFakeQuantize
  bool trainable = true;             // false: BatchNormalization keeps its averages
  std::vector<ValueId> inputs;       // activations, then weights in the layer's order
  ValueId output = -1;
};

}  // namespace nudge::plan
