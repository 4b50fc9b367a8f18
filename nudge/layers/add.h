// Keras's Add: the sum of its inputs, element by element.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct AddOptions {
  std::string name = "";  // empty: "add", ...
};

class Add : public ClonableLayer<Add> {
 public:
  explicit Add(AddOptions options = {});

  std::string class_name() const override { return "Add"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  // Two or more inputs of one shape, or of shapes that broadcast to one.
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const AddOptions& options() const { return options_; }

 private:
  AddOptions options_;
};

Tensor add(const std::vector<Tensor>& inputs, AddOptions options = {});

}  // namespace nudge::layers
