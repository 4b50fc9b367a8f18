// What an optimizer holds besides the weights, as Keras keeps it in a model's file: compile_config and
// "optimizer/vars" of model.weights.h5.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/graph/model.h"
#include "nudge/keras/h5_file.h"

namespace nudge::keras {

struct OptimizerState {
  std::string class_name;  // Keras's: "SGD", "RMSprop", "Adam", ...
  // By Keras's names, such as "rho"; flags are 0 or 1.
  std::map<std::string, double> options;
  double learning_rate = 0.0;
  int64_t iterations = 0;
  std::string loss;  // as nudge names it; "" where a file does not say
  // Of each of trainable_weights(), by Keras's names: "momentum", "velocity", ...
  std::vector<std::map<std::string, Array>> averages;
  // Why a file's state cannot be taken up; "" where it can.
  std::string unread;
};

// In Keras's order, without those of frozen layers; a shared layer's once.
std::vector<const Weight*> trainable_weights(const Model& model);

// The member compile_config of config.json.
Json compile_config(const OptimizerState& state);
// Throws ValueError when the state is of other weights.
void write_optimizer(const Model& model, const OptimizerState& state, H5Group root);

// The state that a file of Keras or nudge has; of no class where the model was never compiled, and with
// `unread` where it is damaged, of a kind that is not among nudge's or does not fit the model: a model can be
// used without its optimizer.
OptimizerState read_optimizer(const Model& model, const Json& config, const H5Group& root);

// The averages of the same weights in another order: of a quantized model and its float layers, say.  What is
// only in `to` has none yet.
OptimizerState in_order_of(const OptimizerState& state, const std::vector<const Weight*>& from,
                           const std::vector<const Weight*>& to);

}  // namespace nudge::keras
