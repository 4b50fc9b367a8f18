#include "nudge/layers/conv_lstm2d.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/convolution_config-inl.h"
#include "nudge/layers/sequence_step.h"

namespace nudge::layers {
namespace {

using ops::ValueId;

constexpr int64_t kGates = 4;

}  // namespace

ConvLSTM2D::ConvLSTM2D(ConvLSTM2DOptions options)
    : ClonableLayer(options.recurrent.name, "ConvLSTM2D"), options_(std::move(options)) {
  ops::check_positive(where(), "kernel_size", options_.kernel_size);
  ops::check_positive(where(), "strides", options_.strides);
  ops::check_positive(where(), "dilation_rate", options_.dilation_rate);
  if (options_.strides != Size2(1) && options_.dilation_rate != Size2(1)) {
    throw ValueError(where() + "strides and dilation_rate cannot both be above 1");
  }
  check_recurrent(where(), options_.recurrent);
}

Window ConvLSTM2D::window() const {
  return {options_.kernel_size, options_.strides, options_.dilation_rate, options_.padding};
}

Json ConvLSTM2D::config() const {
  Json config = base_config();
  config["filters"] = options_.recurrent.units;
  config["kernel_size"] = size_json(options_.kernel_size);
  config["strides"] = size_json(options_.strides);
  config["padding"] = to_string(options_.padding);
  config["data_format"] = "channels_last";
  config["dilation_rate"] = size_json(options_.dilation_rate);
  write_config(config, Recurrence::kLstm, options_.recurrent);
  config.erase("units");
  return config;
}

LayerPtr ConvLSTM2D::from_config(const Json& config) {
  const ConfigReader reader(config, "ConvLSTM2D");
  reader.require_channels_last();
  return reader.make<ConvLSTM2D>(
      ConvLSTM2DOptions{.kernel_size = reader.size("kernel_size", 1),
                        .strides = reader.size("strides", 1),
                        .padding = reader.padding(),
                        .dilation_rate = reader.size("dilation_rate", 1),
                        .recurrent = recurrent_options(reader, reader.integer("filters"))});
}

std::vector<Shape> ConvLSTM2D::output_shapes(const std::vector<Shape>& inputs) const {
  const Shape& input = single_input(inputs, 5);
  ops::check_definite(where(), input);
  if (built() && weight("cell/kernel").shape[2] != input[4]) {
    throw ShapeError(where() + "was built for other channels than those of " + to_string(input));
  }
  const RecurrentOptions& recurrent = options_.recurrent;
  const Shape last = window().output_shape(where(), step_of(input), recurrent.units);
  std::vector<Shape> outputs{last};
  if (recurrent.return_sequences) outputs.front().insert(outputs.front().begin() + 1, input[1]);
  if (recurrent.return_state) outputs.insert(outputs.end(), 2, last);
  return outputs;
}

void ConvLSTM2D::expand(ops::Expansion& call) const {
  Arithmetic make(call);
  const RecurrentOptions& recurrent = options_.recurrent;
  const Shape input = call.shape(call.input());
  const ValueId images = dropped_input(call, recurrent, call.input(), /*steps=*/true);
  const Window over_state{options_.kernel_size, 1, 1, Padding::kSame};
  LstmStep now{};
  std::vector<ValueId> states;
  for (int64_t i = 0; i < input[1]; ++i) {
    const int64_t step = recurrent.go_backwards ? input[1] - 1 - i : i;
    const std::string place = "step_" + std::to_string(step) + "_";
    std::vector<ValueId> given{make.reshape(make.slice(images, 1, step, 1), step_of(input)),
                               call.weight("cell/kernel")};
    if (recurrent.use_bias) given.push_back(call.weight("cell/bias"));
    const ValueId row = call.add(ops::Conv2D{window(), 1}, std::move(given), place + "input");
    if (i == 0) {
      // Zeros that have the batch's size.
      now.state = now.carry = make.affine(make.slice(row, 3, 0, recurrent.units), 0.0, 0.0, "start");
    }
    const ValueId kept =
        call.add(ops::Conv2D{over_state, 1},
                 {dropped_state(call, recurrent, now.state), call.weight("cell/recurrent_kernel")},
                 place + "recurrent");
    now = lstm_step(call, recurrent, make.add(row, kept, place + "gates"), now.carry, place);
    states.push_back(now.state);
  }
  std::vector<ValueId> outputs{collected(call, recurrent, states)};
  if (recurrent.return_state) outputs.insert(outputs.end(), {now.state, now.carry});
  call.outputs(std::move(outputs));
}

void ConvLSTM2D::build_weights(const std::vector<Shape>& inputs) {
  const RecurrentOptions& recurrent = options_.recurrent;
  const Size2 size = options_.kernel_size;
  const int64_t width = kGates * recurrent.units;
  add_weight("cell/kernel", {size.height, size.width, inputs.front()[4], width},
             recurrent.kernel_initializer);
  add_weight("cell/recurrent_kernel", {size.height, size.width, recurrent.units, width},
             recurrent.recurrent_initializer);
  if (recurrent.use_bias) add_weight("cell/bias", {width}, recurrent.bias_initializer);
}

void ConvLSTM2D::initialize(uint64_t seed) {
  const bool forgets = options_.recurrent.use_bias && built();
  const UnitForgetBias bias(forgets ? &weight("cell/bias") : nullptr, options_.recurrent);
  Layer::initialize(seed);
  bias.after_initialize();
}

Tensor conv_lstm2d(const Tensor& x, ConvLSTM2DOptions options) {
  return std::make_shared<ConvLSTM2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
