// Keras's ConvLSTM2D: an LSTM over images, whose products are convolutions.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/option_types.h"
#include "nudge/layers/recurrent_cell.h"

namespace nudge::layers {

struct ConvLSTM2DOptions {
  Size2 kernel_size = 1;
  Size2 strides = 1;  // of the images' convolution; the state's has 1 and keeps its size
  Padding padding = Padding::kValid;
  Size2 dilation_rate = 1;
  RecurrentOptions recurrent;  // `units` are Keras's filters
};

// (batch, steps, height, width, channels) -> (batch, rows, columns, filters), or with return_sequences
// (batch, steps, rows, columns, filters)
class ConvLSTM2D : public ClonableLayer<ConvLSTM2D> {
 public:
  explicit ConvLSTM2D(ConvLSTM2DOptions options);

  std::string class_name() const override { return "ConvLSTM2D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;
  void initialize(uint64_t seed) override;

  const ConvLSTM2DOptions& options() const { return options_; }
  Window window() const;

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  ConvLSTM2DOptions options_;
};

Tensor conv_lstm2d(const Tensor& x, ConvLSTM2DOptions options);

}  // namespace nudge::layers
