#include "nudge/layers/recurrent.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

template <Recurrence Kind>
std::string Recurrent<Kind>::name_of_class() {
  return Kind == Recurrence::kLstm ? "LSTM" : Kind == Recurrence::kGru ? "GRU" : "SimpleRNN";
}

template <Recurrence Kind>
Recurrent<Kind>::Recurrent(RecurrentOptions options)
    : ClonableLayer<Recurrent<Kind>>(options.name, name_of_class()), options_(std::move(options)) {
  check_recurrent(this->where(), options_);
}

template <Recurrence Kind>
Json Recurrent<Kind>::config() const {
  Json config = this->base_config();
  write_config(config, Kind, options_);
  return config;
}

template <Recurrence Kind>
LayerPtr Recurrent<Kind>::from_config(const Json& config) {
  const ConfigReader reader(config, name_of_class());
  return reader.make<Recurrent<Kind>>(recurrent_options(reader));
}

template <Recurrence Kind>
std::vector<Shape> Recurrent<Kind>::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = this->single_input(inputs, 3);
  ops::check_definite(this->where(), input);
  if (this->built() && this->weight("cell/kernel").shape[0] != input[2]) {
    throw ShapeError(this->where() + "was built for other features than those of " + to_string(input));
  }
  std::vector<Shape> outputs{{input[0], options_.units}};
  if (options_.return_state) outputs.resize(Kind == Recurrence::kLstm ? 3 : 2, outputs.front());
  if (options_.return_sequences) outputs.front() = {input[0], input[1], options_.units};
  return outputs;
}

template <Recurrence Kind>
void Recurrent<Kind>::expand(ops::Expansion& call) const {
  const Unrolled made = unrolled(call, Kind, options_, call.input(), "cell/", "");
  std::vector<ops::ValueId> outputs{collected(call, options_, made.states)};
  if (options_.return_state) {
    for (const ops::ValueId state : made.last(Kind)) outputs.push_back(state);
  }
  call.outputs(std::move(outputs));
}

template <Recurrence Kind>
void Recurrent<Kind>::build_weights(const std::vector<Shape>& inputs) {
  const RecurrentShapes shapes = recurrent_shapes(Kind, options_, inputs.front()[2]);
  this->add_weight("cell/kernel", shapes.kernel, options_.kernel_initializer);
  this->add_weight("cell/recurrent_kernel", shapes.recurrent_kernel, options_.recurrent_initializer);
  if (options_.use_bias) this->add_weight("cell/bias", shapes.bias, options_.bias_initializer);
}

template <Recurrence Kind>
void Recurrent<Kind>::initialize(uint64_t seed) {
  const bool forgets = Kind == Recurrence::kLstm && options_.use_bias && this->built();
  const UnitForgetBias bias(forgets ? &this->weight("cell/bias") : nullptr, options_);
  Layer::initialize(seed);
  bias.after_initialize();
}

template <Recurrence Kind>
Tensor called(const Tensor& x, RecurrentOptions options) {
  return std::make_shared<Recurrent<Kind>>(std::move(options))->call(x);
}

Tensor simple_rnn(const Tensor& x, RecurrentOptions options) {
  return called<Recurrence::kSimple>(x, std::move(options));
}
Tensor gru(const Tensor& x, RecurrentOptions options) {
  return called<Recurrence::kGru>(x, std::move(options));
}
Tensor lstm(const Tensor& x, RecurrentOptions options) {
  return called<Recurrence::kLstm>(x, std::move(options));
}

template class Recurrent<Recurrence::kSimple>;
template class Recurrent<Recurrence::kGru>;
template class Recurrent<Recurrence::kLstm>;

}  // namespace nudge::layers
