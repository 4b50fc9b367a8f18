#include "nudge/layers/recurrent_cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/arithmetic.h"

namespace nudge::layers {
namespace {

using ops::ValueId;

int64_t gates_of(Recurrence kind) { return kind == Recurrence::kLstm ? 4 : kind == Recurrence::kGru ? 3 : 1; }

// One cell over the steps of a sequence.  Formulas are those of Keras's documentation.
class Unrolling {
 public:
  Unrolling(ops::Expansion& call, Recurrence kind, const RecurrentOptions& options, std::string prefix,
            std::string places)
      : call_(call),
        make_(call),
        kind_(kind),
        options_(options),
        prefix_(std::move(prefix)),
        places_(std::move(places)) {}

  Unrolled of(ValueId x) {
    const Shape shape = call_.shape(x);
    const int64_t steps = shape[1], width = gates_of(kind_) * options_.units;
    const bool two_biases = options_.use_bias && kind_ == Recurrence::kGru && options_.reset_after;
    std::vector<ValueId> inputs{dropped_input(call_, options_, x, /*steps=*/true),
                                call_.weight(prefix_ + "kernel")};
    if (options_.use_bias && !two_biases) inputs.push_back(call_.weight(prefix_ + "bias"));
    const ValueId products = call_.add(ops::MatMul{}, std::move(inputs), places_ + "input");
    Unrolled made;
    for (int64_t i = 0; i < steps; ++i) {
      const int64_t step = options_.go_backwards ? steps - 1 - i : i;
      const ValueId row = make_.reshape(make_.slice(products, 1, step, 1), {shape[0], width});
      place_ = places_ + "step_" + std::to_string(step) + "_";
      if (i == 0) start(row);
      switch (kind_) {
        case Recurrence::kSimple:
          state_ = simple_step(row);
          break;
        case Recurrence::kGru:
          state_ = gru_step(row);
          break;
        case Recurrence::kLstm:
          advance(lstm_step(call_, options_, make_.add(row, recurrent(state_), place_ + "gates"), carry_,
                            place_));
          break;
      }
      made.states.push_back(state_);
    }
    made.carry = carry_;
    return made;
  }

 private:
  // Zeros that have the batch's size.
  void start(ValueId row) {
    state_ = carry_ = make_.affine(make_.slice(row, 1, 0, options_.units), 0.0, 0.0, places_ + "start");
  }

  // The units of one gate.
  ValueId part(ValueId gates, int64_t gate) {
    return make_.slice(gates, 1, gate * options_.units, options_.units);
  }

  ValueId dropped(ValueId state) { return dropped_state(call_, options_, state); }

  ValueId recurrent(ValueId state) {
    return make_.matmul(dropped(state), call_.weight(prefix_ + "recurrent_kernel"), place_ + "recurrent");
  }

  ValueId gate(ValueId x, const std::string& name) {
    return activate(call_, x, options_.recurrent_activation, place_ + name);
  }
  ValueId function(ValueId x, const std::string& name) {
    return activate(call_, x, options_.activation, place_ + name);
  }

  void advance(const LstmStep& step) {
    state_ = step.state;
    carry_ = step.carry;
  }

  ValueId simple_step(ValueId row) {
    return function(make_.add(row, recurrent(state_), place_ + "sum"), "state");
  }

  ValueId gru_step(ValueId row) {
    return options_.reset_after ? gru_step_reset_after(row) : gru_step_reset_before(row);
  }

  ValueId gru_step_reset_after(ValueId row) {
    std::vector<ValueId> inputs{dropped(state_), call_.weight(prefix_ + "recurrent_kernel")};
    ValueId given = row, kept = call_.add(ops::MatMul{}, std::move(inputs), place_ + "recurrent");
    if (options_.use_bias) {
      given = make_.add(given, bias_row(0), place_ + "biased_input");
      kept = make_.add(kept, bias_row(1), place_ + "biased_recurrent");
    }
    const ValueId sums = make_.add(make_.slice(given, 1, 0, 2 * options_.units),
                                   make_.slice(kept, 1, 0, 2 * options_.units), place_ + "gates");
    const ValueId update = gate(part(sums, 0), "update_gate"), reset = gate(part(sums, 1), "reset_gate");
    const ValueId chosen = make_.multiply(reset, part(kept, 2), place_ + "chosen");
    return mixed(update, function(make_.add(part(given, 2), chosen, place_ + "sum"), "candidate"));
  }

  ValueId gru_step_reset_before(ValueId row) {
    const ValueId kernel = call_.weight(prefix_ + "recurrent_kernel");
    const ValueId gate_kernel = make_.slice(kernel, 1, 0, 2 * options_.units);
    const ValueId state_kernel = make_.slice(kernel, 1, 2 * options_.units, options_.units);
    const ValueId sums = make_.add(
        make_.slice(row, 1, 0, 2 * options_.units),
        make_.batch_matmul(dropped(state_), gate_kernel, false, place_ + "recurrent"), place_ + "gates");
    const ValueId update = gate(part(sums, 0), "update_gate"), reset = gate(part(sums, 1), "reset_gate");
    const ValueId kept = make_.multiply(reset, dropped(state_), place_ + "chosen");
    const ValueId sum =
        make_.add(part(row, 2), make_.batch_matmul(kept, state_kernel, false, place_ + "chosen_product"),
                  place_ + "sum");
    return mixed(update, function(sum, "candidate"));
  }

  // update * state + (1 - update) * candidate
  ValueId mixed(ValueId update, ValueId candidate) {
    const ValueId change = make_.subtract(state_, candidate, place_ + "change");
    return make_.add(candidate, make_.multiply(update, change, place_ + "kept"), place_ + "state");
  }

  // One of the GRU's two biases, (1, 3 * units).
  ValueId bias_row(int64_t which) { return make_.slice(call_.weight(prefix_ + "bias"), 0, which, 1); }

  ops::Expansion& call_;
  Arithmetic make_;
  Recurrence kind_;
  const RecurrentOptions& options_;
  std::string prefix_, places_, place_;
  ValueId state_ = -1, carry_ = -1;
};

// In training.  `draw`: all values of one number lose the same elements.
ValueId dropped(ops::Expansion& call, const RecurrentOptions& options, ValueId x, double rate,
                Shape noise_shape, int64_t draw) {
  if (rate == 0.0) return x;
  return call.add(ops::Dropout{.rate = rate,
                               .seed = options.seed,
                               .noise_shape = std::move(noise_shape),
                               .draw = draw + (options.go_backwards ? 2 : 0)},
                  {x});
}

}  // namespace

RecurrentOptions recurrent_options(const ConfigReader& reader) {
  return recurrent_options(reader, reader.integer("units"));
}

RecurrentOptions recurrent_options(const ConfigReader& reader, int64_t units) {
  if (reader.boolean("stateful", false)) throw UnsupportedError(reader.where() + "stateful is not supported");
  const RecurrentOptions defaults;
  std::optional<int64_t> seed;
  if (reader.has("seed")) seed = reader.integer("seed");
  return {
      .units = units,
      .activation = reader.activation("activation", ActivationFunction::kTanh),
      .recurrent_activation = reader.activation("recurrent_activation", ActivationFunction::kSigmoid),
      .use_bias = reader.boolean("use_bias", true),
      .reset_after = reader.boolean("reset_after", true),
      .unit_forget_bias = reader.boolean("unit_forget_bias", true),
      .kernel_initializer = reader.initializer("kernel_initializer", defaults.kernel_initializer),
      .recurrent_initializer = reader.initializer("recurrent_initializer", defaults.recurrent_initializer),
      .bias_initializer = reader.initializer("bias_initializer", defaults.bias_initializer),
      .return_sequences = reader.boolean("return_sequences", false),
      .return_state = reader.boolean("return_state", false),
      .go_backwards = reader.boolean("go_backwards", false),
      .dropout = reader.number("dropout", 0.0),
      .recurrent_dropout = reader.number("recurrent_dropout", 0.0),
      .seed = seed,
      .name = reader.name()};
}

void check_recurrent(const std::string& where, const RecurrentOptions& options) {
  ops::check_positive(where, "units", options.units);
  for (const double share : {options.dropout, options.recurrent_dropout}) {
    if (share >= 0 && share <= 1) continue;
    throw ValueError(fmt::format("{}dropout must be within [0, 1], given {}", where, share));
  }
}

void write_config(Json& config, Recurrence kind, const RecurrentOptions& options) {
  config["units"] = options.units;
  config["activation"] = to_string(options.activation);
  if (kind != Recurrence::kSimple) config["recurrent_activation"] = to_string(options.recurrent_activation);
  config["use_bias"] = options.use_bias;
  if (kind == Recurrence::kGru) config["reset_after"] = options.reset_after;
  if (kind == Recurrence::kLstm) config["unit_forget_bias"] = options.unit_forget_bias;
  config["kernel_initializer"] = options.kernel_initializer.to_json();
  config["recurrent_initializer"] = options.recurrent_initializer.to_json();
  config["bias_initializer"] = options.bias_initializer.to_json();
  config["return_sequences"] = options.return_sequences;
  config["return_state"] = options.return_state;
  config["go_backwards"] = options.go_backwards;
  config["dropout"] = options.dropout;
  config["recurrent_dropout"] = options.recurrent_dropout;
  config["seed"] = options.seed ? Json(*options.seed) : Json(nullptr);
}

RecurrentShapes recurrent_shapes(Recurrence kind, const RecurrentOptions& options, int64_t features) {
  const int64_t width = gates_of(kind) * options.units;
  const bool two_biases = kind == Recurrence::kGru && options.reset_after;
  return {{features, width}, {options.units, width}, two_biases ? Shape{2, width} : Shape{width}};
}

LstmStep lstm_step(ops::Expansion& call, const RecurrentOptions& options, ValueId gates, ValueId carry,
                   const std::string& place) {
  Arithmetic make(call);
  const size_t axis = call.shape(gates).size() - 1;
  const auto part = [&](int64_t gate) {
    return make.slice(gates, axis, gate * options.units, options.units);
  };
  const auto gate = [&](int64_t which, const char* name) {
    return activate(call, part(which), options.recurrent_activation, place + name);
  };
  const ValueId input = gate(0, "input_gate"), forget = gate(1, "forget_gate");
  const ValueId candidate = activate(call, part(2), options.activation, place + "candidate");
  const ValueId output = gate(3, "output_gate");
  const ValueId kept = make.multiply(forget, carry, place + "kept");
  carry = make.add(kept, make.multiply(input, candidate, place + "new"), place + "carry");
  const ValueId shown = activate(call, carry, options.activation, place + "carry_function");
  return {make.multiply(output, shown, place + "state"), carry};
}

ValueId dropped_input(ops::Expansion& call, const RecurrentOptions& options, ValueId x, bool steps) {
  Shape noise_shape(call.shape(x).size(), kUnknown);
  if (steps) noise_shape[1] = 1;
  return dropped(call, options, x, options.dropout, std::move(noise_shape), 0);
}

ValueId dropped_state(ops::Expansion& call, const RecurrentOptions& options, ValueId state) {
  return dropped(call, options, state, options.recurrent_dropout, {}, 1);
}

UnitForgetBias::UnitForgetBias(Weight* bias, const RecurrentOptions& options)
    : bias_(bias != nullptr && options.unit_forget_bias && bias->value.empty() ? bias : nullptr),
      units_(options.units) {}

void UnitForgetBias::after_initialize() const {
  if (bias_ == nullptr) return;
  float* forget = bias_->value.data<float>() + units_;
  std::fill(forget, forget + units_, 1.0f);
}

std::vector<ops::ValueId> Unrolled::last(Recurrence kind) const {
  if (kind == Recurrence::kLstm) return {states.back(), carry};
  return {states.back()};
}

Unrolled unrolled(ops::Expansion& call, Recurrence kind, const RecurrentOptions& options, ops::ValueId x,
                  const std::string& prefix, const std::string& places) {
  return Unrolling(call, kind, options, prefix, places).of(x);
}

ops::ValueId collected(ops::Expansion& call, const RecurrentOptions& options,
                       const std::vector<ops::ValueId>& states) {
  if (!options.return_sequences) return states.back();
  Arithmetic make(call);
  Shape row = call.shape(states.front());
  row.insert(row.begin() + 1, 1);
  std::vector<ops::ValueId> rows;
  for (const ops::ValueId state : states) rows.push_back(make.reshape(state, row));
  return make.concatenate(rows, 1);
}

}  // namespace nudge::layers
