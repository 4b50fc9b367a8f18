// Keras's SpectralNormalization: a layer whose kernel is divided by its largest singular value as it trains.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct SpectralNormalizationOptions {
  LayerPtr layer;                // of one input and one output, with a kernel or embeddings
  int64_t power_iterations = 1;  // for each estimate of the singular value, which the next step goes on from
  std::string name = "";         // empty: "spectral_normalization", ...
};

// The layer's own output.  Before each training step its kernel W, as rows of the last dimension's length,
// becomes W / (v W u'), where v = |u W'| and u = |v W| are repeated from the weight "vector_u" (1, columns)
// on, each divided by its length; a kernel of zeros stays, and so does a frozen layer.  Inference uses the
// kernel as it is.
class SpectralNormalization : public ClonableLayer<SpectralNormalization> {
 public:
  // Throws ValueError without a layer or with less than one iteration.
  explicit SpectralNormalization(SpectralNormalizationOptions options);
  SpectralNormalization(const SpectralNormalization& other);

  std::string class_name() const override { return "SpectralNormalization"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;
  void initialize(uint64_t seed) override;
  void set_trainable(bool trainable) override;
  std::string weight_path(const Weight& weight) const override;
  void begin_training_step() override;

  const Layer& layer() const { return *layer_; }

 protected:
  // Throws ValueError when the layer has neither.
  void build_weights(const std::vector<Shape>& inputs) override;
  // The layer's, then vector_u.
  std::vector<Weight*> all_weights() const override;

 private:
  Weight& kernel() const;

  LayerPtr layer_;
  int64_t power_iterations_;
};

}  // namespace nudge::layers
