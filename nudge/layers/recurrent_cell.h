// What one step of LSTM, GRU and SimpleRNN computes, and a sequence of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

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
// Throws ValueError on units below 1 and shares outside [0, 1].
void check_recurrent(const std::string& where, const RecurrentOptions& options);
void write_config(Json& config, Recurrence kind, const RecurrentOptions& options);

// Shapes of the weights kernel, recurrent_kernel and, with use_bias, bias for inputs of so many features.
struct RecurrentShapes {
  Shape kernel, recurrent_kernel, bias;
};
RecurrentShapes recurrent_shapes(Recurrence kind, const RecurrentOptions& options, int64_t features);

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

// (batch, units), or (batch, steps, units) with return_sequences.
ops::ValueId collected(ops::Expansion& call, const RecurrentOptions& options,
                       const std::vector<ops::ValueId>& states);

}  // namespace nudge::layers
