// Which layers become one operator.
#pragma once

#include <optional>
#include <vector>

#include "nudge/convert/emitter.h"
#include "nudge/layers/batch_normalization.h"

namespace nudge::convert {

// The layer that does the computing: what a QuantizeWrapper wraps, or the layer itself.
const Layer& computing_layer(const Layer& layer);
// Whether quantization wraps the layer (it may still have no quantizer of its own).
bool is_wrapped(const Layer& layer);

// An activation function as TFLite sees it.
struct ActivationSpec {
  enum class Kind { kLinear, kRelu, kLeakyRelu, kSigmoid, kTanh, kSoftmax };
  Kind kind = Kind::kLinear;
  std::optional<double> max = {};  // kRelu: clipped at
  double negative_slope = 0.0;     // kLeakyRelu

  // What an operator can do itself: nothing, RELU or RELU6.
  std::optional<tflite::FusedActivation> fused() const;
};

// The function that an activation layer is (ReLU, Activation, Softmax, LeakyReLU); nothing for other layers.
// Throws UnsupportedError for one that TFLite cannot express (a ReLU with a threshold).
std::optional<ActivationSpec> activation_layer(const Layer& layer);
// The function inside Conv2D, DepthwiseConv2D and Dense; linear for other layers.
ActivationSpec own_activation(const Layer& layer);

// A computing layer with the BatchNormalization and activation that follow it and fuse into its operator.
struct Run {
  const Node* head = nullptr;
  const layers::BatchNormalization* batch_normalization = nullptr;
  ActivationSpec activation;   // of the last layer; the head's own when nothing follows
  bool own_activation = true;  // the activation is the head's own
  Tensor output;               // of the last layer
  std::vector<const Node*> nodes;
};

// Cuts a flat model into runs, in an order that respects their inputs.  Layers fuse only over tensors that
// training did not quantize, that one layer alone reads and that are no output of the model.
std::vector<Run> find_runs(const Model& model, const Emitter& emitter);

}  // namespace nudge::convert
