// How a delegate of TensorFlow Lite cuts a model: sets of operators that can run one after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::edgetpu {

struct Part {
  bool delegated = false;
  std::vector<size_t> operators;
};

// Greedy, as the interpreter does it: each part takes every operator of its kind whose inputs are there,
// until none is left, and the kinds take turns.  The first operator that can run decides who begins.
// `supported` has one entry an operator.  Operators that wait for each other are in no part.  Time: as many
// steps as the graph has inputs of operators.
std::vector<Part> partition(const tflite::SubGraph& graph, const std::vector<bool>& supported);

}  // namespace nudge::edgetpu
