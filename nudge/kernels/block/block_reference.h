// The fused block written plainly, in double, one loop a formula: what its tests compare with.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/kernels/block/block.h"

namespace nudge::kernels {

using Doubles = std::vector<double>;

struct ReferenceInputs {
  BlockOptions options;
  int64_t batch = 1;
  bool training = true;
  Doubles x, kernel;          // real values, already on their grids
  Doubles bias, gamma, beta;  // empty: none
  Doubles moving_mean, moving_variance;
};

class BlockReference {
 public:
  explicit BlockReference(const ReferenceInputs& inputs);

  // Before the output quantizer.
  const Doubles& activated() const { return activated_; }
  MinMax range() const;
  const Doubles& product() const { return product_; }
  const Doubles& mean() const { return mean_; }
  const Doubles& variance() const { return variance_; }

  struct Gradients {
    Doubles x, kernel, bias, gamma, beta;
  };
  // `grid` null: no output quantizer.  `fragile[i]` is set where output i lies so near to a bend or a limit
  // that rounding may decide whether the gradient passes; tests give it no gradient there.
  Gradients backward(const Doubles& dy, const Grid* grid) const;
  std::vector<bool> fragile(const Grid* grid) const;

 private:
  template <class Body>
  void for_each_term(const Body& body) const;
  double slope(size_t i, const Grid* grid) const;

  ReferenceInputs in_;
  int64_t out_height_, out_width_;
  Doubles product_;  // with bias
  Doubles mean_, variance_;
  Doubles normalised_;  // before gamma and beta
  Doubles affine_;      // before the activation
  Doubles activated_;
};

}  // namespace nudge::kernels
