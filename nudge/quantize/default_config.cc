#include "nudge/quantize/default_config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "nudge/base/error.h"
#include "nudge/quantize/listed_quantize_config.h"
#include "nudge/quantize/quantizers.h"

namespace nudge::quantize {
namespace {

using ops::Function;

constexpr const char* kConvConfig = "Default8BitConvQuantizeConfig";
constexpr const char* kConfig = "Default8BitQuantizeConfig";
constexpr const char* kActivationConfig = "Default8BitActivationQuantizeConfig";
constexpr const char* kOutputConfig = "Default8BitOutputQuantizeConfig";
constexpr const char* kNoOpConfig = "NoOpQuantizeConfig";

// TFMOT's Default 8-bit registry: the classes it knows, and what their wrappers call their configuration.
struct TfmotClass {
  std::string_view layer_class;
  const char* config_class;
};
constexpr std::array kTfmotClasses{
    TfmotClass{"Activation", kActivationConfig},
    TfmotClass{"Add", kConfig},
    TfmotClass{"AveragePooling2D", kConfig},
    TfmotClass{"Concatenate", kConfig},
    TfmotClass{"Conv2D", kConvConfig},
    TfmotClass{"Dense", kConfig},
    TfmotClass{"DepthwiseConv2D", kConvConfig},
    TfmotClass{"Dropout", kConfig},
    TfmotClass{"Flatten", kConfig},
    TfmotClass{"GlobalAveragePooling2D", kConfig},
    TfmotClass{"GlobalMaxPooling2D", kConfig},
    TfmotClass{"LeakyReLU", kConfig},
    TfmotClass{"MaxPooling2D", kConfig},
    TfmotClass{"ReLU", kConfig},
    TfmotClass{"Reshape", kConfig},
    TfmotClass{"Softmax", kConfig},
    TfmotClass{"UpSampling2D", kConfig},
    TfmotClass{"ZeroPadding2D", kConfig},
};

// Whether the values that a primitive makes are new ones, which need a quantizer of their own.
enum class Output { kNone, kOwn, kFunction };

struct OutputOf {
  Output operator()(const ops::Conv2D&) const { return Output::kFunction; }
  Output operator()(const ops::DepthwiseConv2D&) const { return Output::kFunction; }
  Output operator()(const ops::ConvTranspose2D&) const { return Output::kFunction; }
  Output operator()(const ops::Conv3D&) const { return Output::kFunction; }
  Output operator()(const ops::ConvTranspose3D&) const { return Output::kFunction; }
  Output operator()(const ops::MatMul&) const { return Output::kFunction; }
  Output operator()(const ops::BatchMatMul&) const { return Output::kOwn; }
  Output operator()(const ops::Activate&) const { return Output::kFunction; }
  Output operator()(const ops::Normalize&) const { return Output::kOwn; }
  Output operator()(const ops::Rescale&) const { return Output::kOwn; }
  Output operator()(const ops::Pool& p) const { return computes(p.of); }
  Output operator()(const ops::Reduce& p) const { return computes(p.of); }
  Output operator()(const ops::Combine&) const { return Output::kOwn; }
  Output operator()(const ops::Concatenate&) const { return Output::kOwn; }
  Output operator()(const ops::Resize&) const { return Output::kOwn; }
  Output operator()(const ops::Constant&) const { return Output::kOwn; }
  Output operator()(const ops::Pad&) const { return Output::kNone; }
  Output operator()(const ops::Reshape&) const { return Output::kNone; }
  Output operator()(const ops::Transpose&) const { return Output::kNone; }
  Output operator()(const ops::Slice&) const { return Output::kNone; }
  Output operator()(const ops::Gather&) const { return Output::kNone; }
  Output operator()(const ops::Dropout&) const { return Output::kNone; }
  Output operator()(const ops::GaussianNoise&) const { return Output::kNone; }
  Output operator()(const ops::Distort&) const { return Output::kNone; }
  Output operator()(const ops::Identity&) const { return Output::kNone; }
  Output operator()(const ops::Quantize&) const { return Output::kNone; }

  static Output computes(ops::Reduction of) {
    return of == ops::Reduction::kMax || of == ops::Reduction::kMin ? Output::kNone : Output::kOwn;
  }
};

QuantizerPtr weight_quantizer(const ops::Operation& product, const Scheme& scheme) {
  QuantizerOptions options{.symmetric = true, .narrow_range = true};
  // A transposed convolution's filters are not its kernel's last dimension.
  options.per_axis =
      !product.is<ops::ConvTranspose2D>() && (!product.is<ops::MatMul>() || scheme.per_channel_dense);
  if (product.is<ops::DepthwiseConv2D>() && scheme.per_channel_depthwise) options.channel_axes = 2;
  return std::make_shared<LastValueQuantizer>(options);
}

// Of a weight that is an operand like any other: one grid for all of it.
QuantizerPtr operand_quantizer(bool symmetric = false) {
  return std::make_shared<LastValueQuantizer>(QuantizerOptions{.symmetric = symmetric});
}

// TFLite's own grids of functions whose values it knows: 256 steps of 1/256 from 0, of 1/128 from -1, of 1/16
// below 0.  Null for other functions.
QuantizerPtr fixed_output_quantizer(Function function) {
  const auto fixed = [](float min, float max) {
    return std::make_shared<FixedQuantizer>(QuantizerOptions{.init_min = min, .init_max = max});
  };
  switch (function) {
    case Function::kSigmoid:
    case Function::kSoftmax:
      return fixed(0.0f, 255.0f / 256);
    case Function::kTanh:
      return fixed(-1.0f, 127.0f / 128);
    case Function::kLogSoftmax:
      return fixed(-255.0f / 16, 0.0f);
    default:
      return nullptr;
  }
}

// TFMOT's registry knows relu, sigmoid, tanh and softmax inside a layer, relu6 only as a layer of its own.
void check_function(const Layer& layer, const Scheme& scheme, CallOps call) {
  if (scheme.fixed_outputs) return;
  const ops::Activation function = function_of(call);
  const bool relu6 = function.function == Function::kRelu && function.max_value;
  const bool linear = call.size() == 1 && function.linear();
  const bool known = linear || function.function == Function::kRelu ||
                     function.function == Function::kSigmoid || function.function == Function::kTanh ||
                     function.function == Function::kSoftmax;
  if (known && !relu6 && call.size() <= 2) return;
  throw UnsupportedError("layer '" + layer.name() + "' (" + layer.class_name() + "): scheme '" + scheme.name +
                         "' cannot quantize " +
                         (relu6 ? "the activation function 'relu6'" : "its activation function") +
                         " inside a layer; use a " + (relu6 ? "ReLU" : "layer for it") +
                         (relu6 ? " layer" : "") + " or scheme 'nudge'");
}

// The quantizers around a layer's activation function.  `inside`: the layer computes something before it.
void place_around_function(const ops::Activation& function, const Scheme& scheme, bool inside,
                           ListedQuantizers& quantizers) {
  QuantizerPtr& after = inside ? quantizers.post_activation : quantizers.output;
  const bool simple = function.linear() || function.function == Function::kRelu;
  if (inside && !simple) quantizers.pre_activation = activation_quantizer(scheme);
  const QuantizerPtr fixed = fixed_output_quantizer(function.function);
  if (fixed == nullptr) {
    after = activation_quantizer(scheme);
  } else if (scheme.fixed_outputs) {
    after = fixed;
  }
}

// One that follows the data, around zero.
QuantizerPtr symmetric_quantizer(const Scheme& scheme) {
  return std::make_shared<MovingAverageQuantizer>(
      QuantizerOptions{.symmetric = true, .init_min = scheme.init_min, .init_max = scheme.init_max},
      scheme.ema_decay, scheme.debias);
}

// What a value that `maker` makes is put on: its function's own grid or one that follows the data.
QuantizerPtr quantizer_of(const ops::Operation& maker, const Scheme& scheme) {
  const auto* activate = maker.as<ops::Activate>();
  const QuantizerPtr fixed =
      activate == nullptr ? nullptr : fixed_output_quantizer(activate->activation.function);
  return fixed == nullptr ? activation_quantizer(scheme) : fixed;
}

// The operation of the call that makes the value; null where it comes from outside.
const ops::Operation* maker_in(CallOps call, ops::ValueId id) {
  const auto maker =
      std::ranges::find_if(call, [&](const ops::Operation& each) { return each.output == id; });
  return maker == call.end() ? nullptr : &*maker;
}

// What makes the values that a mover at the end of unnamed ones hands on, within the call; null where they
// come from outside it, or have a name and with it a quantizer of their own.
const ops::Operation* maker_of(CallOps call, const ops::Program& program, const ops::Operation& operation) {
  if (std::visit(OutputOf{}, operation.primitive) != Output::kNone) return &operation;
  if (!ops::moves_values(operation.primitive)) return nullptr;
  const ops::Operation* maker = maker_in(call, operation.inputs.front());
  if (maker == nullptr || !program.value(maker->output).place.empty()) return nullptr;
  return maker_of(call, program, *maker);
}

// Whether the one operation that reads a value within the call is a ReLU, which its maker's operator takes
// in.
bool goes_into_relu(CallOps call, const ops::Operation& maker) {
  if (!ops::takes_in_relu(maker.primitive)) return false;
  const auto reads = [&](const ops::Operation& operation) {
    return std::ranges::find(operation.inputs, maker.output) != operation.inputs.end();
  };
  const auto reader = std::ranges::find_if(call, reads);
  if (reader == call.end() || std::ranges::count_if(call, reads) != 1) return false;
  const auto* activate = reader->as<ops::Activate>();
  return activate != nullptr && activate->activation.plain_relu();
}

// What a value is when the movers of the call before it are taken back.
ops::ValueId moved_from(CallOps call, ops::ValueId id) {
  const ops::Operation* maker = maker_in(call, id);
  if (maker == nullptr || !ops::moves_values(maker->primitive)) return id;
  return moved_from(call, maker->inputs.front());
}

// Whether a product of two activations within the call has the value as its right side.  The zero point of
// that is 0, for which LiteRT's default kernels take it.
bool is_right_side(CallOps call, const ops::Program& program, ops::ValueId value) {
  return std::ranges::any_of(call, [&](const ops::Operation& each) {
    if (!each.is<ops::BatchMatMul>()) return false;
    ops::ValueId id = each.inputs[1];
    while (id != value) {
      const ops::Operation* maker = maker_in(call, id);
      if (maker == nullptr || !program.value(id).place.empty() || !ops::moves_values(maker->primitive)) break;
      id = maker->inputs.front();
    }
    return id == value;
  });
}

// A composite layer's inner values: each that has a name is an 8-bit tensor of the file.
void place_inside(CallOps call, const ops::Program& program, const Scheme& scheme,
                  ListedQuantizers& quantizers) {
  for (const ops::Operation& operation : call) {
    const std::string& place = program.value(operation.output).place;
    if (place.empty() || place == "output") continue;
    if (is_right_side(call, program, operation.output)) {
      quantizers.inside.push_back({place, symmetric_quantizer(scheme)});
      continue;
    }
    const ops::Operation* maker = maker_of(call, program, operation);
    if (maker == nullptr || goes_into_relu(call, operation)) continue;
    if (place != "pre_activation") {
      quantizers.inside.push_back({place, quantizer_of(*maker, scheme)});
    } else if (!call.back().is<ops::Activate>() || call.back().inputs.front() != operation.output) {
      quantizers.pre_activation = activation_quantizer(scheme);
    }
  }
}

// Whether the value is on a grid, or will be: made outside the call, or one of its named values.
bool has_grid(CallOps call, const ops::Program& program, ops::ValueId id) {
  const ops::Operation* maker = maker_in(call, id);
  if (maker == nullptr) return true;
  if (ops::moves_values(maker->primitive)) return has_grid(call, program, maker->inputs.front());
  return !program.value(id).place.empty();
}

// The weights that 8-bit operators read.
void place_on_weights(CallOps call, const ops::Program& program, const Scheme& scheme,
                      ListedQuantizers& quantizers) {
  const auto add = [&](ops::ValueId id, const QuantizerPtr& quantizer) {
    const ops::Value& value = program.value(moved_from(call, id));
    const auto known = [&](const auto& each) { return each.weight == value.place; };
    if (value.weight == nullptr || std::ranges::any_of(quantizers.weights, known)) return;
    quantizers.weights.push_back({value.place, quantizer});
  };
  for (const ops::Operation& operation : call) {
    if (ops::is_product(operation.primitive)) {
      if (has_grid(call, program, operation.inputs[0]))
        add(operation.inputs[1], weight_quantizer(operation, scheme));
    } else if (operation.is<ops::Gather>()) {
      add(operation.inputs[0], operand_quantizer());
    } else if (operation.is<ops::Combine>() || operation.is<ops::BatchMatMul>()) {
      const bool on_grids = std::ranges::all_of(
          operation.inputs, [&](ops::ValueId input) { return has_grid(call, program, input); });
      if (!on_grids || program.value(operation.output).place.empty()) continue;
      for (size_t i = 0; i < operation.inputs.size(); ++i) {
        add(operation.inputs[i], operand_quantizer(i == 1 && operation.is<ops::BatchMatMul>()));
      }
    }
  }
}

}  // namespace

QuantizerPtr activation_quantizer(const Scheme& scheme) {
  return std::make_shared<MovingAverageQuantizer>(
      QuantizerOptions{.init_min = scheme.init_min, .init_max = scheme.init_max}, scheme.ema_decay,
      scheme.debias);
}

QuantizerPtr input_quantizer(const Scheme& scheme) {
  return std::make_shared<AllValuesQuantizer>(QuantizerOptions{}, scheme.input_margin);
}

QuantizeConfigPtr no_op_config() {
  return std::make_shared<ListedQuantizeConfig>(kNoOpConfig, ListedQuantizers{});
}

QuantizeConfigPtr output_config(const Scheme& scheme) {
  return std::make_shared<ListedQuantizeConfig>(kOutputConfig,
                                                ListedQuantizers{.output = activation_quantizer(scheme)});
}

QuantizeConfigPtr default_quantize_config(const Layer& layer, CallOps call, const ops::Program& program,
                                          const Scheme& scheme) {
  const auto known = std::find_if(kTfmotClasses.begin(), kTfmotClasses.end(), [&](const TfmotClass& row) {
    return row.layer_class == layer.class_name();
  });
  const bool in_tfmot = known != kTfmotClasses.end();
  if (!in_tfmot && !scheme.standalone_batch_normalization) return nullptr;

  if (in_tfmot && is_product(call)) check_function(layer, scheme, call);
  ListedQuantizers quantizers;
  place_on_weights(call, program, scheme, quantizers);
  const ops::Operation* maker = maker_of(call, program, call.back());
  const Output output = maker == nullptr ? Output::kNone : std::visit(OutputOf{}, maker->primitive);
  const bool moves = scheme.same_scale_groups && moves_values(call);
  if (output == Output::kOwn && !moves) quantizers.output = activation_quantizer(scheme);
  if (output == Output::kFunction) {
    const bool alone = call.size() == 1 && !ops::is_product(call.back().primitive);
    place_around_function(function_of(call), scheme, !alone, quantizers);
  }
  place_inside(call, program, scheme, quantizers);
  const char* own_class = is_normalization(call) ? kOutputConfig : kConfig;
  return std::make_shared<ListedQuantizeConfig>(in_tfmot ? known->config_class : own_class,
                                                std::move(quantizers));
}

}  // namespace nudge::quantize
