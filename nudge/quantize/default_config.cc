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
  Output operator()(const ops::MatMul&) const { return Output::kFunction; }
  Output operator()(const ops::Activate&) const { return Output::kFunction; }
  Output operator()(const ops::Normalize&) const { return Output::kOwn; }
  Output operator()(const ops::Rescale&) const { return Output::kOwn; }
  Output operator()(const ops::Pool& p) const { return computes(p.of); }
  Output operator()(const ops::Reduce& p) const { return computes(p.of); }
  Output operator()(const ops::Combine&) const { return Output::kOwn; }
  Output operator()(const ops::Concatenate&) const { return Output::kOwn; }
  Output operator()(const ops::Resize&) const { return Output::kOwn; }
  Output operator()(const ops::Pad&) const { return Output::kNone; }
  Output operator()(const ops::Reshape&) const { return Output::kNone; }
  Output operator()(const ops::Dropout&) const { return Output::kNone; }
  Output operator()(const ops::GaussianNoise&) const { return Output::kNone; }
  Output operator()(const ops::Identity&) const { return Output::kNone; }
  Output operator()(const ops::Quantize&) const { return Output::kNone; }

  static Output computes(ops::Reduction of) {
    return of == ops::Reduction::kMax ? Output::kNone : Output::kOwn;
  }
};

QuantizerPtr weight_quantizer(const ops::Operation& product, const Scheme& scheme) {
  QuantizerOptions options{.symmetric = true, .narrow_range = true};
  options.per_axis = !product.is<ops::MatMul>() || scheme.per_channel_dense;
  if (product.is<ops::DepthwiseConv2D>() && scheme.per_channel_depthwise) options.channel_axes = 2;
  return std::make_shared<LastValueQuantizer>(options);
}

// TFLite's own grids of functions whose values it knows: 256 steps of 1/256 from 0, of 1/128 from -1.
QuantizerPtr fixed_output_quantizer(Function function) {
  const bool tanh = function == Function::kTanh;
  return std::make_shared<FixedQuantizer>(
      QuantizerOptions{.init_min = tanh ? -1.0f : 0.0f, .init_max = tanh ? 127.0f / 128 : 255.0f / 256});
}

// TFMOT's registry knows relu, sigmoid, tanh and softmax inside a layer, relu6 only as a layer of its own.
void check_function(const Layer& layer, const Scheme& scheme, const ops::Activation& function) {
  if (scheme.fixed_outputs || function.function != Function::kRelu || !function.max_value) return;
  throw UnsupportedError("layer '" + layer.name() + "' (" + layer.class_name() + "): scheme '" + scheme.name +
                         "' cannot quantize the activation function 'relu6' inside a layer; use a ReLU layer "
                         "or scheme 'nudge'");
}

// The quantizers around a layer's activation function.  `inside`: the layer computes something before it.
void place_around_function(const ops::Activation& function, const Scheme& scheme, bool inside,
                           ListedQuantizers& quantizers) {
  QuantizerPtr& after = inside ? quantizers.post_activation : quantizers.output;
  switch (function.function) {
    case Function::kLinear:
    case Function::kRelu:
      after = activation_quantizer(scheme);
      return;
    case Function::kSigmoid:
    case Function::kTanh:
    case Function::kSoftmax:
      if (inside) quantizers.pre_activation = activation_quantizer(scheme);
      if (scheme.fixed_outputs) after = fixed_output_quantizer(function.function);
      return;
  }
}

// A composite layer's inner values: each is an 8-bit tensor of the file, named as the expansion names it.
void place_inside(CallOps call, const ops::Program& program, const Scheme& scheme,
                  ListedQuantizers& quantizers) {
  for (const ops::Operation& operation : call) {
    const std::string& place = program.value(operation.output).place;
    if (place.empty() || place == "output" || place == "pre_activation") continue;
    const bool own = std::visit(OutputOf{}, operation.primitive) != Output::kNone;
    if (own) quantizers.inside.push_back({place, activation_quantizer(scheme)});
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

  ListedQuantizers quantizers;
  const ops::Operation& computing = computing_operation(call);
  const Output output = std::visit(OutputOf{}, computing.primitive);
  const bool product = is_product(call);
  if (product) {
    quantizers.weights.push_back(
        {program.value(computing.inputs.at(1)).place, weight_quantizer(computing, scheme)});
    check_function(layer, scheme, function_of(call));
  }
  const bool moves = scheme.same_scale_groups && moves_values(call);
  if (output == Output::kOwn && !moves) quantizers.output = activation_quantizer(scheme);
  if (output == Output::kFunction) place_around_function(function_of(call), scheme, product, quantizers);
  place_inside(call, program, scheme, quantizers);
  const char* own_class = is_normalization(call) ? kOutputConfig : kConfig;
  return std::make_shared<ListedQuantizeConfig>(in_tfmot ? known->config_class : own_class,
                                                std::move(quantizers));
}

}  // namespace nudge::quantize
