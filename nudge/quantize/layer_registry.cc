#include "nudge/quantize/layer_registry.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "nudge/base/error.h"
#include "nudge/quantize/layer_roles.h"
#include "nudge/quantize/listed_quantize_config.h"
#include "nudge/quantize/quantizers.h"

namespace nudge::quantize {

using layers::ActivationFunction;

namespace {

constexpr const char* kConvConfig = "Default8BitConvQuantizeConfig";
constexpr const char* kConfig = "Default8BitQuantizeConfig";
constexpr const char* kActivationConfig = "Default8BitActivationQuantizeConfig";
constexpr const char* kOutputConfig = "Default8BitOutputQuantizeConfig";
constexpr const char* kNoOpConfig = "NoOpQuantizeConfig";

enum class Known { kBoth, kNudge };            // TFMOT's registry refuses what is only nudge's
enum class Output { kNone, kOwn, kFunction };  // by the layer's activation function

struct Rule {
  std::string_view layer_class;
  const char* config_class;
  Known known;
  const char* kernel;  // null: no weight is quantized
  Output output;
};

constexpr std::array kRules{
    Rule{"Conv2D", kConvConfig, Known::kBoth, "kernel", Output::kFunction},
    Rule{"DepthwiseConv2D", kConvConfig, Known::kBoth, "depthwise_kernel", Output::kFunction},
    Rule{"Dense", kConfig, Known::kBoth, "kernel", Output::kFunction},
    Rule{"Activation", kActivationConfig, Known::kBoth, nullptr, Output::kFunction},
    Rule{"Softmax", kConfig, Known::kBoth, nullptr, Output::kFunction},
    Rule{"ReLU", kConfig, Known::kBoth, nullptr, Output::kOwn},
    Rule{"LeakyReLU", kConfig, Known::kBoth, nullptr, Output::kOwn},
    Rule{"Add", kConfig, Known::kBoth, nullptr, Output::kOwn},
    Rule{"Concatenate", kConfig, Known::kBoth, nullptr, Output::kOwn},
    Rule{"UpSampling2D", kConfig, Known::kBoth, nullptr, Output::kOwn},
    Rule{"AveragePooling2D", kConfig, Known::kBoth, nullptr, Output::kOwn},
    Rule{"GlobalAveragePooling2D", kConfig, Known::kBoth, nullptr, Output::kOwn},
    Rule{"Multiply", kConfig, Known::kNudge, nullptr, Output::kOwn},
    Rule{"Maximum", kConfig, Known::kNudge, nullptr, Output::kOwn},
    Rule{"Rescaling", kConfig, Known::kNudge, nullptr, Output::kOwn},
    Rule{"BatchNormalization", kOutputConfig, Known::kNudge, nullptr, Output::kOwn},
    Rule{"MaxPooling2D", kConfig, Known::kBoth, nullptr, Output::kNone},
    Rule{"GlobalMaxPooling2D", kConfig, Known::kBoth, nullptr, Output::kNone},
    Rule{"ZeroPadding2D", kConfig, Known::kBoth, nullptr, Output::kNone},
    Rule{"Flatten", kConfig, Known::kBoth, nullptr, Output::kNone},
    Rule{"Reshape", kConfig, Known::kBoth, nullptr, Output::kNone},
    Rule{"Dropout", kConfig, Known::kBoth, nullptr, Output::kNone},
};

QuantizerPtr weight_quantizer(const Layer& layer, const Scheme& scheme) {
  QuantizerOptions options{.symmetric = true, .narrow_range = true};
  options.per_axis = is_convolution(layer) || scheme.per_channel_dense;
  if (layer.class_name() == "DepthwiseConv2D" && scheme.per_channel_depthwise) options.channel_axes = 2;
  return std::make_shared<LastValueQuantizer>(options);
}

// TFLite's own grids of functions whose values it knows: 256 steps of 1/256 from 0, of 1/128 from -1.
QuantizerPtr fixed_output_quantizer(ActivationFunction function) {
  const bool tanh = function == ActivationFunction::kTanh;
  return std::make_shared<FixedQuantizer>(
      QuantizerOptions{.init_min = tanh ? -1.0f : 0.0f, .init_max = tanh ? 127.0f / 128 : 255.0f / 256});
}

[[noreturn]] void refuse_function(const Layer& layer, const Scheme& scheme, ActivationFunction function) {
  throw UnsupportedError("layer '" + layer.name() + "' (" + layer.class_name() + "): scheme '" + scheme.name +
                         "' cannot quantize the activation function '" + layers::to_string(function) +
                         "' inside a layer; use a ReLU layer or scheme 'nudge'");
}

// The quantizers around a layer's activation function.  `inside`: the layer computes something before it.
void place_around_function(const Layer& layer, const Scheme& scheme, bool inside,
                           ListedQuantizers& quantizers) {
  const ActivationFunction function = activation_of(layer);
  QuantizerPtr& after = inside ? quantizers.post_activation : quantizers.output;
  switch (function) {
    case ActivationFunction::kLinear:
      if (inside) after = activation_quantizer(scheme);
      return;
    case ActivationFunction::kRelu:
      after = activation_quantizer(scheme);
      return;
    case ActivationFunction::kRelu6:
      if (inside && !scheme.fixed_outputs) refuse_function(layer, scheme, function);
      after = activation_quantizer(scheme);
      return;
    case ActivationFunction::kSigmoid:
    case ActivationFunction::kTanh:
    case ActivationFunction::kSoftmax:
      if (inside) quantizers.pre_activation = activation_quantizer(scheme);
      if (scheme.fixed_outputs) after = fixed_output_quantizer(function);
      return;
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

QuantizeConfigPtr default_quantize_config(const Layer& layer, const Scheme& scheme) {
  const auto rule = std::find_if(kRules.begin(), kRules.end(),
                                 [&](const Rule& r) { return r.layer_class == layer.class_name(); });
  if (rule == kRules.end()) return nullptr;
  if (rule->known == Known::kNudge && !scheme.standalone_batch_normalization) return nullptr;

  ListedQuantizers quantizers;
  if (rule->kernel != nullptr) quantizers.weights.push_back({rule->kernel, weight_quantizer(layer, scheme)});
  const bool moves = scheme.same_scale_groups && moves_values(layer);
  if (rule->output == Output::kOwn && !moves) quantizers.output = activation_quantizer(scheme);
  if (rule->output == Output::kFunction) {
    place_around_function(layer, scheme, rule->kernel != nullptr, quantizers);
  }
  return std::make_shared<ListedQuantizeConfig>(rule->config_class, std::move(quantizers));
}

}  // namespace nudge::quantize
