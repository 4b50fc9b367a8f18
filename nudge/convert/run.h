// Which operations become one operator of the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nudge/ops/block.h"
#include "nudge/tflite/model.h"

namespace nudge::convert {

// What an operator can do itself: nothing, RELU or RELU6.
std::optional<tflite::FusedActivation> fused_form(const ops::Activation& activation);

// An operation with what goes into its operator: the padding before it, the normalisation, ReLU and quantizer
// behind it.
struct Run {
  const ops::Operation* pad = nullptr;  // SAME's own, before a convolution without one; null: none
  const ops::Operation* head = nullptr;
  const ops::Operation* normalize = nullptr;  // null: none
  ops::Activation activation;                 // linear: none
  ops::ValueId output = -1;                   // of the last operation
  std::string name;                           // in the file: its last layer's, without quantization's prefix

  const std::vector<ops::ValueId>& inputs() const { return head->inputs; }
  ops::ValueId input() const { return (pad == nullptr ? head : pad)->inputs.front(); }
};

// Whether the runtimes' own padding SAME, of this window on an image of this shape, is what `pad` adds: both
// give the same numbers, as a convolution pads with real zero.
bool is_same_padding(const ops::Pad& pad, const ops::Window& window, const Shape& image);

// The runs of a program, in its order.  `program` must outlive them.
std::vector<Run> find_runs(const ops::Program& program);

}  // namespace nudge::convert
