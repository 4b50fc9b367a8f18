// Where the quantizers of a model go, while the scheme's transforms decide it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/ops/uses.h"
#include "nudge/quantize/call_roles.h"
#include "nudge/quantize/listed_quantize_config.h"
#include "nudge/quantize/quantize_annotate.h"
#include "nudge/quantize/scheme.h"

namespace nudge::quantize {

// What one layer will be wrapped with.
struct Placed {
  bool annotated = false;  // false: stays float, but for an output quantizer that a neighbour needs
  bool custom = false;     // a QuantizeConfig given by the user, which no transform touches
  std::string config_class;
  ListedQuantizers quantizers;
  std::string shares;  // "LAYER/SLOT" of the quantizer on the layer's output; empty: a range of its own
  bool skipped_in_training = false;  // see QuantizerSlot::inference_only

  // The quantizer of the layer's output, wherever it stands; null when there is none.
  QuantizerPtr& output() { return quantizers.output ? quantizers.output : quantizers.post_activation; }
  void take(const QuantizeConfigPtr& config, const Layer& layer);
  const char* output_slot() const { return quantizers.output ? "output" : "post_activation"; }
};

// The annotated model with what each of its layers gets.  Layers are those without their annotation.
class Placement {
 public:
  // Throws UnsupportedError naming an annotated layer that the scheme has no rule for, ValueError when
  // nothing is annotated.  BatchNormalization without a rule is left for fuse_batch_normalization() to judge.
  // `annotated` is flat.
  Placement(ModelPtr annotated, const Scheme& scheme);

  const Model& model() const { return *program_.model; }
  const Scheme& scheme() const { return scheme_; }
  const std::vector<std::shared_ptr<const Node>>& nodes() const { return model().nodes(); }

  // The layer of a node without its annotation.
  const Layer& layer(const Node& node) const;
  // What it computes.
  CallOps call(const Node& node) const;
  Placed& at(const Node& node) { return placed_.at(node.layer.get()); }
  const Placed& at(const Node& node) const { return placed_.at(node.layer.get()); }

  const std::vector<const Node*>& consumers(const Node& node) const;
  // The one node that reads `node` and no output of the model does; null otherwise, or when either layer is
  // called more than once.
  const Node* only_consumer(const Node& node) const;
  // The node that a product's or a sum's block takes in next, a normalisation or a ReLU (ops/block.h); null
  // where there is none, or when either layer is called more than once.
  const Node* next_in_block(const Node& node) const;
  // The QuantizeLayer that follows a model input; empty when no quantized layer reads the input.
  std::string input_quantizer(const Node& input) const;
  bool is_output(const Node& node) const { return outputs_.contains(&node); }

 private:
  Placed place(const QuantizeAnnotate& annotate, CallOps call) const;
  bool called_once(const Node& node) const { return calls_.at(node.layer.get()) == 1; }

  ops::Program program_;  // of the annotated model
  ops::Uses uses_;
  const Scheme& scheme_;
  std::map<const Node*, const ops::Call*> call_of_;
  std::vector<const Node*> node_of_;  // by operation
  std::map<const Layer*, Placed> placed_;
  std::map<const Layer*, int> calls_;
  std::map<const Node*, std::vector<const Node*>> consumers_;
  std::set<const Node*> outputs_;
};

// The layout transforms, in the order they run.
void fuse_batch_normalization(Placement& placement);  // Conv, Depthwise or Dense, then BN, then ReLU
void fuse_relu(Placement& placement);                 // Add, Conv, Depthwise or Dense, then ReLU
void share_scales(Placement& placement);              // Concatenate, pooling: one range a group
void quantize_float_inputs(Placement& placement);     // what feeds an annotated layer must be on a grid
void skip_in_training(Placement& placement);          // fixed grids on outputs of the model

}  // namespace nudge::quantize
