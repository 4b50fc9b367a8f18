// Keras's Concatenate: its inputs one after the other along an axis.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct ConcatenateOptions {
  int64_t axis = -1;      // negative counts from the back; never the batch
  std::string name = "";  // empty: "concatenate", ...
};

class Concatenate : public ClonableLayer<Concatenate> {
 public:
  explicit Concatenate(ConcatenateOptions options = {});

  std::string class_name() const override { return "Concatenate"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // Two or more inputs that differ along the axis alone.
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const ConcatenateOptions& options() const { return options_; }

 private:
  ConcatenateOptions options_;
};

Tensor concatenate(const std::vector<Tensor>& inputs, ConcatenateOptions options = {});

}  // namespace nudge::layers
