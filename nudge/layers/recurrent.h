// Keras's SimpleRNN, GRU and LSTM: a state that goes along a sequence.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/recurrent_cell.h"

namespace nudge::layers {

// (batch, steps, features) -> (batch, units), or (batch, steps, units) with return_sequences.
template <Recurrence Kind>
class Recurrent : public ClonableLayer<Recurrent<Kind>> {
 public:
  explicit Recurrent(RecurrentOptions options);

  static std::string name_of_class();
  std::string class_name() const override { return name_of_class(); }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;
  void initialize(uint64_t seed) override;

  const RecurrentOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  RecurrentOptions options_;
};

using SimpleRNN = Recurrent<Recurrence::kSimple>;
using GRU = Recurrent<Recurrence::kGru>;
using LSTM = Recurrent<Recurrence::kLstm>;

Tensor simple_rnn(const Tensor& x, RecurrentOptions options);
Tensor gru(const Tensor& x, RecurrentOptions options);
Tensor lstm(const Tensor& x, RecurrentOptions options);

}  // namespace nudge::layers
