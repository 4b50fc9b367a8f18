#include "nudge/quantize/quantizer_slot.h"

#include <array>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::quantize {
namespace {

constexpr std::array kPlaceNames{"weight", "pre_activation", "post_activation", "output", "inside"};

Place place_from_string(const std::string& name, const std::string& who) {
  for (size_t i = 0; i < kPlaceNames.size(); ++i) {
    if (name == kPlaceNames[i]) return static_cast<Place>(i);
  }
  throw InputError(who + "unknown place of a quantizer '" + name +
                   "'; expected weight, pre_activation, post_activation, output or inside");
}

}  // namespace

Json to_json(const QuantizerSlot& slot) {
  Json json{{"place", kPlaceNames.at(static_cast<size_t>(slot.place))},
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
  const RangeLearning& learning = slot.progress.learning;
  if (learning.steps > 0) {
    json["progress"]["learning"] = {
        {"steps", learning.steps}, {"momentum", learning.momentum}, {"velocity", learning.velocity}};
  }
  return json;
}

RangeLearning learning_from_json(const Json& json, const std::string& who) {
  RangeLearning learning{.steps = integer_member(json, "steps", who, 0)};
  const auto read = [&](const char* key, std::array<double, 2>& into) {
    const Json& numbers = array_member(json, key, who);
    if (numbers.size() != into.size()) throw InputError(who + "'" + key + "' must hold two numbers");
    for (size_t i = 0; i < into.size(); ++i) {
      if (!numbers[i].is_number()) throw InputError(who + "'" + key + "' must hold two numbers");
      into[i] = numbers[i].get<double>();
    }
  };
  read("momentum", learning.momentum);
  read("velocity", learning.velocity);
  if (learning.steps < 1 || learning.velocity[0] < 0 || learning.velocity[1] < 0) {
    throw InputError(who + "what learning its range remembers must not be negative");
  }
  return learning;
}

QuantizerSlot slot_from_json(const Json& json, const std::string& who) {
  QuantizerSlot slot;
  slot.place = place_from_string(text_member(json, "place", who), who);
  slot.name = text_member(json, "name", who);
  const std::string here = who + "quantizer '" + slot.name + "': ";
  const std::string class_name = text_member(json, "class_name", here);
  const Json& config = object_member(json, "config", here);
  try {
    slot.quantizer = quantizer_from_config(class_name, config);
  } catch (const InputError& error) {
    throw InputError(here + error.what());
  }
  slot.range_of = text_member(json, "range_of", here, "");
  slot.inference_only = flag_member(json, "inference_only", here, false);
  if (!json.contains("progress")) return slot;
  const Json& progress = object_member(json, "progress", here);
  slot.progress.updates = integer_member(progress, "updates", here, 0);
  slot.progress.training_steps = integer_member(progress, "training_steps", here, slot.progress.updates);
  slot.progress.mass = number_member(progress, "mass", here, 0.0);
  slot.progress.distance = number_member(progress, "distance", here, 1.0);
  slot.progress.recent_min = number_member(progress, "recent_min", here, 0.0);
  slot.progress.recent_max = number_member(progress, "recent_max", here, 0.0);
  if (progress.contains("learning")) {
    slot.progress.learning = learning_from_json(object_member(progress, "learning", here), here);
  }
  return slot;
}

bool has_variables(const QuantizerSlot& slot) { return slot.range_of.empty() && slot.quantizer->has_range(); }

}  // namespace nudge::quantize
