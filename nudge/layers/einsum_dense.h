// Keras's EinsumDense: a dense layer over the dimensions that an equation names.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"

namespace nudge::layers {

struct EinsumDenseOptions {
  std::string equation;   // "abc,cd->abd": of the input, the kernel and the result; the batch first
  Shape output_shape;     // of the result without the batch, kUnknown where the input says it
  std::string bias_axes;  // the result's letters that have a bias; empty: none
  ActivationFunction activation = ActivationFunction::kLinear;
  Initializer kernel_initializer = {};
  Initializer bias_initializer = Initializer::zeros();
  std::string name = "";  // empty: "einsum_dense", ...
};

// The kernel's letters are first those that are summed over, then new ones, as Keras's own layers have it;
// another order, or a kernel for each sample, throws UnsupportedError.
class EinsumDense : public ClonableLayer<EinsumDense> {
 public:
  explicit EinsumDense(EinsumDenseOptions options);

  std::string class_name() const override { return "EinsumDense"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const EinsumDenseOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  // What the equation says of an input's shape.
  struct Einsum {
    std::vector<int64_t> order;  // of the input: kept dimensions, then summed ones
    Shape kept;
    int64_t summed = 1, made = 1;       // elements of a row, of a result's row
    Shape laid_out;                     // kept dimensions, then new ones
    std::vector<int64_t> result_order;  // from there to the result
    std::string new_letters;
    Shape kernel, bias, output;
  };
  Einsum parsed(const Shape& input) const;

  EinsumDenseOptions options_;
};

Tensor einsum_dense(const Tensor& x, EinsumDenseOptions options);

}  // namespace nudge::layers
