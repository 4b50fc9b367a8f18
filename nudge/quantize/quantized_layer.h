// Where a layer's values are put on a grid.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/quantize/quantizer.h"

namespace nudge::quantize {

enum class Place {
  kWeight,          // a weight of the wrapped layer, named as the weight
  kPreActivation,   // before the layer's own activation function
  kPostActivation,  // after it
  kOutput,          // the layer's output
  kInside,          // a value inside the layer that its expansion names so
};

// One quantizer of one layer.  With a range of its own the layer has the variables NAME_min, NAME_max.
struct QuantizerSlot {
  Place place = Place::kOutput;
  std::string name;  // "kernel", "pre_activation", "post_activation", "output"
  QuantizerPtr quantizer;
  // Same-scale groups: "LAYER/SLOT" whose range this slot uses and moves together with it; empty: its own.
  std::string range_of;
  // The loss sees the value before this quantizer (a softmax output's fixed 1/256 grid has no useful
  // gradient); inference and export apply it.
  bool inference_only = false;
  RangeProgress progress;
};

// What QuantizeWrapper and QuantizeLayer have in common; find it with dynamic_cast on a Layer.
class QuantizedLayer {
 public:
  virtual ~QuantizedLayer() = default;
  virtual std::vector<QuantizerSlot>& slots() = 0;
  virtual const std::vector<QuantizerSlot>& slots() const = 0;
  // The wrapped layer; null for a QuantizeLayer (identity).
  virtual const LayerPtr& inner() const = 0;
};

}  // namespace nudge::quantize
