#include "nudge/quantize/quantizer.h"

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/registry.h"
#include "nudge/quantize/learned_quantizer.h"
#include "nudge/quantize/quantizers.h"

namespace nudge::quantize {
namespace {

std::mutex registry_mutex;

std::map<std::string, QuantizerFactory>& factories() {
  static std::map<std::string, QuantizerFactory> map{
      {"LastValueQuantizer", LastValueQuantizer::from_config},
      {"MovingAverageQuantizer", MovingAverageQuantizer::from_config},
      {"AllValuesQuantizer", AllValuesQuantizer::from_config},
      {"FixedQuantizer", FixedQuantizer::from_config},
      {"LearnedQuantizer", LearnedQuantizer::from_config},
  };
  return map;
}

}  // namespace

void Quantizer::learn(std::span<float>, std::span<float>, std::span<const kernels::RangeGradient>, double,
                      RangeProgress&) const {}

Shape range_shape(const QuantizerOptions& options, const Shape& tensor) {
  if (!options.per_axis) return {};
  const auto axes = static_cast<size_t>(options.channel_axes);
  if (axes < 1 || axes > tensor.size()) {
    throw ValueError("a quantizer with channels in the last " + std::to_string(options.channel_axes) +
                     " axes cannot quantize a tensor of shape " + to_string(tensor));
  }
  return {element_count(Shape(tensor.end() - static_cast<std::ptrdiff_t>(axes), tensor.end()))};
}

Json to_json(const QuantizerOptions& options) {
  return {{"num_bits", options.num_bits},         {"per_axis", options.per_axis},
          {"channel_axes", options.channel_axes}, {"symmetric", options.symmetric},
          {"narrow_range", options.narrow_range}, {"init_min", options.init_min},
          {"init_max", options.init_max}};
}

QuantizerOptions quantizer_options_from_json(const Json& json) {
  QuantizerOptions options;
  const auto count = [&json](const char* key, int fallback) {
    const int64_t value = integer_member(json, key, "", fallback);
    if (value < 0 || value > 32) throw InputError(std::string("'") + key + "' must lie between 0 and 32");
    return static_cast<int>(value);
  };
  const auto number = [&json](const char* key, float fallback) {
    return static_cast<float>(number_member(json, key, "", static_cast<double>(fallback)));
  };
  options.num_bits = count("num_bits", options.num_bits);
  options.per_axis = flag_member(json, "per_axis", "", options.per_axis);
  options.channel_axes = count("channel_axes", options.channel_axes);
  options.symmetric = flag_member(json, "symmetric", "", options.symmetric);
  options.narrow_range = flag_member(json, "narrow_range", "", options.narrow_range);
  options.init_min = number("init_min", options.init_min);
  options.init_max = number("init_max", options.init_max);
  return options;
}

QuantizerPtr quantizer_from_config(const std::string& class_name, const Json& config) {
  QuantizerFactory factory;
  std::vector<std::string> known;
  {
    const std::lock_guard lock(registry_mutex);
    for (const auto& [name, make] : factories()) {
      known.push_back(name);
      if (name == class_name) factory = make;
    }
  }
  if (!factory) {
    const std::string near = nearest_name(class_name, known);
    throw UnsupportedError("unknown quantizer class '" + class_name + "'" +
                           (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  try {
    return factory(config);
  } catch (const nlohmann::json::exception& error) {
    throw InputError("quantizer of class '" + class_name +
                     "': its configuration is not valid: " + plain_words(error));
  }
}

void register_quantizer(const std::string& class_name, QuantizerFactory factory) {
  const std::lock_guard lock(registry_mutex);
  factories()[class_name] = std::move(factory);
}

}  // namespace nudge::quantize
