// Keras's Bidirectional: a recurrent layer along a sequence and one against it.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/recurrent_cell.h"

namespace nudge::layers {

struct BidirectionalOptions {
  Recurrence kind = Recurrence::kLstm;
  RecurrentOptions forward = {};
  RecurrentOptions backward = {};     // the same, but for go_backwards
  std::string merge_mode = "concat";  // or "sum", "mul", "ave"
  std::string name = "";              // empty: "bidirectional", ...
};

class Bidirectional : public ClonableLayer<Bidirectional> {
 public:
  explicit Bidirectional(BidirectionalOptions options);

  std::string class_name() const override { return "Bidirectional"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;
  void initialize(uint64_t seed) override;

  const BidirectionalOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  BidirectionalOptions options_;
};

Tensor bidirectional(const Tensor& x, BidirectionalOptions options);

}  // namespace nudge::layers
