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

// An operation with the normalisation, ReLU and quantizer behind it that go into its operator.
struct Run {
  const ops::Operation* head = nullptr;
  const ops::Operation* normalize = nullptr;  // null: none
  ops::Activation activation;                 // linear: none
  ops::ValueId output = -1;                   // of the last operation
  std::string name;                           // in the file: its last layer's, without quantization's prefix

  const std::vector<ops::ValueId>& inputs() const { return head->inputs; }
  ops::ValueId input() const { return head->inputs.front(); }
};

// The runs of a program, in its order.  `program` must outlive them.
std::vector<Run> find_runs(const ops::Program& program);

}  // namespace nudge::convert
