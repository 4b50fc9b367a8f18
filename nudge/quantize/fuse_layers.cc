// The transforms that keep one quantizer where .tflite will have one operator.
#include "nudge/base/error.h"
#include "nudge/quantize/call_roles.h"
#include "nudge/quantize/default_config.h"
#include "nudge/quantize/placement.h"

namespace nudge::quantize {
namespace {

bool plain(const Placed& placed) { return placed.annotated && !placed.custom; }

// The ReLU that fuses into what comes before it.
const Node* following_relu(const Placement& placement, const Node& node) {
  const Node* next = placement.next_in_block(node);
  if (next == nullptr || !placement.at(*next).annotated || placement.at(*next).custom) return nullptr;
  const CallOps call = placement.call(*next);
  const bool tfmot = !placement.scheme().keep_kernel_before_relu;
  return (tfmot ? is_tfmot_relu(placement.layer(*next), call) : is_fusable_relu(call)) ? next : nullptr;
}

// The product that a normalisation folds into.
const Node* preceding_product(const Placement& placement, const Node& node) {
  const Node* before = node.inputs.front().node.get();
  if (placement.next_in_block(*before) != &node) return nullptr;
  return plain(placement.at(*before)) ? before : nullptr;
}

}  // namespace

void fuse_batch_normalization(Placement& placement) {
  const Scheme& scheme = placement.scheme();
  for (const auto& node : placement.nodes()) {
    const Layer& layer = placement.layer(*node);
    if (!is_normalization(placement.call(*node)) || !plain(placement.at(*node))) continue;
    const Node* product = preceding_product(placement, *node);
    if (product == nullptr && !scheme.standalone_batch_normalization) {
      throw UnsupportedError("layer '" + layer.name() +
                             "' (BatchNormalization) is not supported by scheme '" + scheme.name +
                             "' where no convolution or Dense precedes it; use scheme 'nudge', or pass "
                             "a QuantizeConfig for it to quantize_annotate_layer");
    }
    if (product != nullptr) placement.at(*product).quantizers.post_activation = nullptr;
    // TFMOT's pattern for Dense with BatchNormalization hides the one that goes on to a ReLU.
    const bool dense = product != nullptr && placement.layer(*product).class_name() == "Dense";
    const bool fuses_relu =
        following_relu(placement, *node) != nullptr && (scheme.keep_kernel_before_relu || !dense);
    placement.at(*node).take(fuses_relu ? no_op_config() : output_config(scheme), layer);
  }
}

void fuse_relu(Placement& placement) {
  for (const auto& node : placement.nodes()) {
    const Layer& layer = placement.layer(*node);
    if (is_normalization(placement.call(*node)) || !placement.at(*node).annotated ||
        following_relu(placement, *node) == nullptr)
      continue;
    if (!placement.scheme().keep_kernel_before_relu) {
      // TFMOT drops the kernel's quantizer here too, and a custom config with it.
      placement.at(*node).take(no_op_config(), layer);
    } else if (plain(placement.at(*node))) {
      placement.at(*node).output() = nullptr;
    }
  }
}

void quantize_float_inputs(Placement& placement) {
  for (const auto& node : placement.nodes()) {
    if (!placement.at(*node).annotated) continue;
    for (const Tensor& input : node->inputs) {
      const Node* maker = input.node.get();
      while (moves_values(placement.call(*maker)) && !placement.at(*maker).output())
        maker = maker->inputs[0].node.get();
      // The model's input has its QuantizeLayer, unless layers that only move values hide it.
      if (maker->inputs.empty()) maker = input.node.get();
      Placed& placed = placement.at(*maker);
      if (placed.annotated || placed.output() || maker->inputs.empty()) continue;
      placed.take(output_config(placement.scheme()), placement.layer(*maker));
    }
  }
}

void skip_in_training(Placement& placement) {
  for (const auto& node : placement.nodes()) {
    Placed& placed = placement.at(*node);
    if (placed.annotated && placed.output() && !placed.output()->has_range() && placement.is_output(*node)) {
      placed.skipped_in_training = true;
    }
  }
}

}  // namespace nudge::quantize
