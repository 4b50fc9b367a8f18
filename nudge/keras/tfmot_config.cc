#include "nudge/keras/tfmot_config.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::keras {
namespace {

// What TFMOT's own QuantizeConfigs ask for.
struct TfmotQuantizers {
  bool per_channel = false;  // of the weights
  int weight_bits = 8;
  int activation_bits = 8;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Default8BitConvQuantizeConfig, DefaultNBitQuantizeConfig, NoOpQuantizeConfig, ...
TfmotQuantizers quantizers_of(const std::string& class_name, const Json& config, const std::string& who) {
  const bool own = class_name.starts_with("Default8Bit") || class_name.starts_with("DefaultNBit") ||
                   class_name == "NoOpQuantizeConfig" || class_name == "OutputOnlyConfig";
  if (!own) {
    throw UnsupportedError(who + "its QuantizeConfig '" + class_name +
                           "' is code of its own; quantize the float model with 'nudge quantize'");
  }
  const auto bits = [&](const char* key) {
    return config.contains(key) && config[key].is_number_integer() ? config[key].get<int>() : 8;
  };
  return {.per_channel = has(class_name, "ConvQuantize"),
          .weight_bits = bits("num_bits_weight"),
          .activation_bits = bits("num_bits_activation")};
}

Json slot(const char* place, const std::string& name, const char* class_name, const Json& config) {
  return {{"place", place}, {"name", name}, {"class_name", class_name}, {"config", config}};
}

Json activation_slot(const char* place, int bits) {
  return slot(place, place, "MovingAverageQuantizer",
              {{"num_bits", bits}, {"per_axis", false}, {"symmetric", false}, {"narrow_range", false}});
}

// The function within QuantizeAwareActivation and NoOpActivation, and whether it is the latter.
struct Activation {
  Json function;
  bool quantized = true;
};

Activation unwrap(const Json& activation, const std::string& who) {
  if (!activation.is_object()) return {activation, true};
  const std::string class_name = text_member(activation, "class_name", who, "");
  if (class_name == "NoOpActivation") return {"linear", false};
  if (class_name != "QuantizeAwareActivation") return {activation, true};
  return unwrap(member(object_member(activation, "config", who), "activation", who), who);
}

// Whether TFMOT quantizes before and after this function.
bool quantized_before(const Json& function) {
  return function == "softmax" || function == "sigmoid" || function == "tanh" || function == "gelu";
}
bool quantized_after(const Json& function) {
  return function == "linear" || function == "relu" || function == "swish" || function == "gelu";
}

bool lists_any(const Json& config, const char* key) {
  return config.contains(key) && config[key].is_array() && !config[key].empty();
}

Json wrapper_config(Json config, const std::string& who) {
  const Json quantize_config = object_member(config, "quantize_config", who);
  std::string class_name = text_member(quantize_config, "class_name", who);
  Json inner = object_member(quantize_config, "config", who);
  Json slots = Json::array();
  // A layer that is not annotated itself and feeds one that is.
  const bool output_only = class_name == "OutputOnlyConfig";
  if (output_only) {
    const Json wrapped = object_member(inner, "quantize_config", who);
    inner = object_member(wrapped, "config", who);
  }
  const TfmotQuantizers quantizers = quantizers_of(class_name, inner, who);
  if (lists_any(inner, "weight_attrs") && !output_only) {
    for (const Json& weight : inner["weight_attrs"]) {
      if (!weight.is_string())
        throw InputError(who + "'weight_attrs' must hold names, given " + excerpt(weight));
      slots.push_back(slot("weight", weight.get<std::string>(), "LastValueQuantizer",
                           {{"num_bits", quantizers.weight_bits},
                            {"per_axis", quantizers.per_channel},
                            {"symmetric", true},
                            {"narrow_range", true}}));
    }
  }
  Json& layer_config = config["layer"]["config"];
  if (layer_config.is_object() && layer_config.contains("activation")) {
    const Activation activation = unwrap(layer_config["activation"], who);
    layer_config["activation"] = activation.function;
    if (lists_any(inner, "activation_attrs") && activation.quantized && !output_only) {
      if (quantized_before(activation.function)) {
        slots.push_back(activation_slot("pre_activation", quantizers.activation_bits));
      }
      if (quantized_after(activation.function)) {
        slots.push_back(activation_slot("post_activation", quantizers.activation_bits));
      }
    }
  }
  if (flag_member(inner, "quantize_output", who, output_only)) {
    slots.push_back(activation_slot("output", quantizers.activation_bits));
  }
  config["quantize_config"] = class_name;
  config["slots"] = std::move(slots);
  return config;
}

Json layer_config(Json config, const std::string& who) {
  const Json& quantizer = object_member(config, "quantizer", who);
  const std::string name = text_member(config, "name", who);
  config["slots"] = Json::array({slot("output", name, text_member(quantizer, "class_name", who).c_str(),
                                      object_member(quantizer, "config", who))});
  config.erase("quantizer");
  return config;
}

}  // namespace

bool is_tfmot_config(const std::string& class_name, const Json& config) {
  if (config.contains("slots")) return false;
  return class_name == "QuantizeWrapperV2" || class_name == "QuantizeWrapper" ||
         class_name == "QuantizeLayer";
}

Json from_tfmot_config(const std::string& class_name, const Json& config, const std::string& who) {
  if (class_name == "QuantizeLayer") return layer_config(config, who);
  object_member(object_member(config, "layer", who), "config", who);
  return wrapper_config(config, who);
}

}  // namespace nudge::keras
