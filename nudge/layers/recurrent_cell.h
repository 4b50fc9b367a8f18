// What one step of LSTM, GRU and SimpleRNN computes, and a sequence of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

enum class Recurrence { kSimple, kGru, kLstm };

// Keras's options, which all three have but where a comment says otherwise.
struct RecurrentOptions {
  int64_t units = 1;
  ActivationFunction activation = ActivationFunction::kTanh;
  ActivationFunction recurrent_activation = ActivationFunction::kSigmoid;  // not SimpleRNN: of the gates
  bool use_bias = true;
  bool reset_after = true;       // GRU: the reset gate acts on the recurrent product, not before it
  bool unit_forget_bias = true;  // LSTM: the forget gate's bias starts at 1
  Initializer kernel_initializer = {};
  Initializer recurrent_initializer = {.name = "Orthogonal"};
  Initializer bias_initializer = Initializer::zeros();
  bool return_sequences = false;  // the state of every step, not of the last alone
  bool return_state = false;      // outputs behind that: the last state, and of LSTM the last carry
  bool go_backwards = false;      // from the last step to the first
  // In training: the share of a sequence's features, and of a state's units, that is zeroed in all its steps
  // and for all gates alike.
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<int64_t> seed = std::nullopt;  // of the two; none: drawn from the training's seed
  std::string name = "";                       // empty: made from the class
};

RecurrentOptions recurrent_options(const ConfigReader& reader);
RecurrentOptions recurrent_options(const ConfigReader& reader, int64_t units);
// Throws ValueError on units below 1 and shares outside [0, 1].
void check_recurrent(const std::string& where, const RecurrentOptions& options);
void write_config(Json& config, Recurrence kind, const RecurrentOptions& options);

// Shapes of the weights kernel, recurrent_kernel and, with use_bias, bias for inputs of so many features.
struct RecurrentShapes {
  Shape kernel, recurrent_kernel, bias;
};
RecurrentShapes recurrent_shapes(Recurrence kind, const RecurrentOptions& options, int64_t features);

// A state of an LSTM's, and the carry that goes along with it.
struct LstmStep {
  ops::ValueId state, carry;
};
// The next, from the sums of the four gates, which lie one after the other along the last dimension.
LstmStep lstm_step(ops::Expansion& call, const RecurrentOptions& options, ops::ValueId gates,
                   ops::ValueId carry, const std::string& place);

// In training, what `dropout` or, of the state, `recurrent_dropout` leaves; `steps`: x has the steps as its
// second dimension, which all lose the same.
ops::ValueId dropped_input(ops::Expansion& call, const RecurrentOptions& options, ops::ValueId x, bool steps);
ops::ValueId dropped_state(ops::Expansion& call, const RecurrentOptions& options, ops::ValueId state);

// What a layer does around Layer::initialize() for the bias of an LSTM's gates: with unit_forget_bias the
// forget gate's part of one that had no value starts at 1.
class UnitForgetBias {
 public:
  // `bias` may be null.
  UnitForgetBias(Weight* bias, const RecurrentOptions& options);
  void after_initialize() const;

 private:
  Weight* bias_ = nullptr;  // null: nothing is to be done
  int64_t units_ = 0;
};

// What the steps of a sequence make, in their order.
struct Unrolled {
  std::vector<ops::ValueId> states;  // (batch, units) each
  ops::ValueId carry;                // LSTM: the last one's

  // What return_state adds to a layer's outputs.
  std::vector<ops::ValueId> last(Recurrence kind) const;
};

// Of x (batch, steps, features), each step with quantizers of its own.  The weights are called PREFIX +
// "kernel", ...
Unrolled unrolled(ops::Expansion& call, Recurrence kind, const RecurrentOptions& options, ops::ValueId x,
                  const std::string& prefix, const std::string& places);

// The last of the states (batch, ..., units), or all as (batch, steps, ..., units) with return_sequences.
ops::ValueId collected(ops::Expansion& call, const RecurrentOptions& options,
                       const std::vector<ops::ValueId>& states);

}  // namespace nudge::layers
