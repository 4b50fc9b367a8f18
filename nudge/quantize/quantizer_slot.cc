#include "nudge/quantize/quantizer_slot.h"

#include <array>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::quantize {
namespace {

constexpr std::array kPlaceNames{"weight", "pre_activation", "post_activation", "output", "inside"};

Place place_from_string(const std::string& name) {
  for (size_t i = 0; i < kPlaceNames.size(); ++i) {
    if (name == kPlaceNames[i]) return static_cast<Place>(i);
  }
  throw InputError("quantizer slot: unknown place '" + name +
                   "'; expected weight, pre_activation, post_activation, output or inside");
}

}  // namespace

Json to_json(const QuantizerSlot& slot) {
  return {{"place", kPlaceNames.at(static_cast<size_t>(slot.place))},
          {"name", slot.name},
          {"class_name", slot.quantizer->class_name()},
          {"config", slot.quantizer->config()},
          {"range_of", slot.range_of},
          {"inference_only", slot.inference_only},
          {"progress",
           {{"updates", slot.progress.updates},
            {"training_steps", slot.progress.training_steps},
            {"mass", slot.progress.mass},
            {"distance", slot.progress.distance},
            {"recent_min", slot.progress.recent_min},
            {"recent_max", slot.progress.recent_max}}}};
}

QuantizerSlot slot_from_json(const Json& json) {
  QuantizerSlot slot;
  try {
    slot.place = place_from_string(json.at("place").get<std::string>());
    slot.name = json.at("name").get<std::string>();
    slot.quantizer = quantizer_from_config(json.at("class_name").get<std::string>(), json.at("config"));
    slot.range_of = json.value("range_of", "");
    slot.inference_only = json.value("inference_only", false);
    const Json progress = json.value("progress", Json::object());
    slot.progress.updates = progress.value("updates", int64_t{0});
    slot.progress.training_steps = progress.value("training_steps", slot.progress.updates);
    slot.progress.mass = progress.value("mass", 0.0);
    slot.progress.distance = progress.value("distance", 1.0);
    slot.progress.recent_min = progress.value("recent_min", 0.0);
    slot.progress.recent_max = progress.value("recent_max", 0.0);
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("quantizer slot: config is not valid: ") + error.what());
  }
  return slot;
}

bool has_variables(const QuantizerSlot& slot) { return slot.range_of.empty() && slot.quantizer->has_range(); }

}  // namespace nudge::quantize
