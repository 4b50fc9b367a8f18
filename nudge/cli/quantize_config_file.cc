#include "nudge/cli/quantize_config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/file.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/clone.h"
#include "nudge/graph/flatten.h"
#include "nudge/graph/layer_pattern.h"
#include "nudge/quantize/listed_quantize_config.h"
#include "nudge/quantize/quantize.h"

namespace nudge::cli {
namespace {

void check_keys(const Json& json, const std::set<std::string>& known, const std::string& where) {
  if (!json.is_object()) throw InputError(where + ": an object is needed");
  for (const auto& [key, value] : json.items()) {
    if (known.contains(key)) continue;
    throw InputError(fmt::format("{}: unknown key '{}'; known: {}", where, key, fmt::join(known, ", ")));
  }
}

// A misspelt option would otherwise be a default that nobody asked for.
void check_quantizer(const Json& json, const std::string& where) {
  if (json.is_null()) return;
  check_keys(json, {"class_name", "config"}, where);
  check_keys(json.value("config", Json::object()),
             {"num_bits", "per_axis", "channel_axes", "symmetric", "narrow_range", "init_min", "init_max",
              "decay", "debias"},
             where + ": config");
}

void check_quantizers(const Json& json, const std::string& where) {
  check_keys(json, {"weights", "pre_activation", "post_activation", "output"}, where);
  for (const auto& [slot, quantizer] : json.items()) {
    if (slot != "weights") check_quantizer(quantizer, fmt::format("{}: {}", where, slot));
  }
  const Json weights = json.value("weights", Json::object());
  for (const auto& [weight, quantizer] : weights.items())
    check_quantizer(quantizer, fmt::format("{}: {}", where, weight));
}

LayerRule rule_from(const Json& json, const std::string& where) {
  check_keys(json, {"match", "quantize", "quantizers"}, where);
  if (!json.contains("match")) throw InputError(where + ": \"match\" is missing");
  LayerRule rule;
  rule.match = json.at("match").get<std::string>();
  rule.quantize = json.value("quantize", true);
  if (json.contains("quantizers")) {
    if (!rule.quantize) throw InputError(where + ": has quantizers, but \"quantize\" is false");
    const Json& quantizers = json.at("quantizers");
    check_quantizers(quantizers, where + ": quantizers");
    try {
      rule.config = quantize::ListedQuantizeConfig::from_config("QuantizeConfig", quantizers);
    } catch (const Error& error) {
      throw InputError(where + ": " + error.what());
    }
  }
  return rule;
}

LayerPattern pattern_of(const LayerRule& rule, const std::string& path) {
  try {
    return LayerPattern(rule.match);
  } catch (const ValueError& error) {
    throw InputError(path + ": " + error.what());
  }
}

void check_quantized_weights(const LayerRule& rule, const Layer& layer, const std::string& path) {
  if (rule.config == nullptr) return;
  for (const auto& quantizer : rule.config->weight_quantizers(layer)) {
    const auto weights = layer.weights();
    if (std::any_of(weights.begin(), weights.end(),
                    [&](const Weight* weight) { return weight->name == quantizer.weight; })) {
      continue;
    }
    throw ValueError(path + ": rule " + in_quotes(rule.match) + " quantizes weight '" + quantizer.weight +
                     "', which layer '" + layer.name() + "' does not have");
  }
}

}  // namespace

QuantizeConfigFile read_quantize_config(const std::string& path) {
  const Json json = parse_json(read_text_file(path), path);
  QuantizeConfigFile file;
  try {
    check_keys(json, {"scheme", "ema_decay", "range_init", "quantize_others", "layers"}, path);
    if (json.contains("scheme")) {
      file.scheme = json["scheme"].get<std::string>();
      if (file.scheme != "nudge" && file.scheme != "tfmot") {
        throw InputError(path + ": scheme is nudge or tfmot, not '" + *file.scheme + "'");
      }
    }
    if (json.contains("ema_decay")) file.ema_decay = json["ema_decay"].get<double>();
    if (json.contains("range_init")) file.range_init = json["range_init"].get<std::pair<float, float>>();
    file.quantize_others = json.value("quantize_others", file.quantize_others);
    for (const Json& rule : json.value("layers", Json::array())) {
      file.layers.push_back(rule_from(rule, path + ": layers[" + std::to_string(file.layers.size()) + "]"));
    }
  } catch (const nlohmann::json::exception& error) {
    throw InputError(path + ": " + plain_words(error));
  }
  return file;
}

ModelPtr annotate(const Model& model, const QuantizeConfigFile& file, const std::string& path) {
  std::vector<LayerPattern> patterns;
  for (const LayerRule& rule : file.layers) patterns.push_back(pattern_of(rule, path));
  std::set<size_t> used;
  const auto annotated = [&](const Layer& layer) -> LayerPtr {
    const LayerPtr copy = layer.clone();
    if (layer.class_name() == "InputLayer") return copy;
    for (size_t i = 0; i < patterns.size(); ++i) {
      if (!patterns[i].matches(layer.name())) continue;
      used.insert(i);
      check_quantized_weights(file.layers[i], layer, path);
      return file.layers[i].quantize ? quantize::quantize_annotate_layer(copy, file.layers[i].config) : copy;
    }
    return file.quantize_others ? quantize::quantize_annotate_layer(copy) : copy;
  };
  const ModelPtr result = clone_model(*flatten_model(model), annotated);
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (!used.contains(i)) {
      throw ValueError(path + ": rule " + in_quotes(file.layers[i].match) +
                       " is the first match of no layer");
    }
  }
  return result;
}

}  // namespace nudge::cli
