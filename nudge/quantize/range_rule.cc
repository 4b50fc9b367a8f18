#include "nudge/quantize/range_rule.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::quantize {
namespace {

QuantizerPtr with_rule(const MovingAverageQuantizer& quantizer, RangeRule rule, double learning_rate) {
  if (rule == RangeRule::kMovingAverage) {
    return std::make_shared<MovingAverageQuantizer>(quantizer.options(), quantizer.decay(),
                                                    quantizer.debias());
  }
  return std::make_shared<LearnedQuantizer>(
      quantizer.options(), LearnedOptions{.learning_rate = rule == RangeRule::kLearned ? learning_rate : 0.0,
                                          .decay = quantizer.decay(),
                                          .debias = quantizer.debias()});
}

}  // namespace

const std::vector<std::string>& range_rule_names() {
  static const std::vector<std::string> names{"ema", "learned", "frozen"};
  return names;
}

RangeRule range_rule_from_name(const std::string& name) {
  const auto& names = range_rule_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw ValueError("unknown rule of ranges '" + name + "'; choose ema, learned or frozen");
  return static_cast<RangeRule>(found - names.begin());
}

void set_range_rule(Model& quantized, RangeRule rule, double learning_rate) {
  if (rule == RangeRule::kLearned && !(learning_rate > 0.0)) {
    throw ValueError("the learning rate of ranges must be above 0, given " + std::to_string(learning_rate));
  }
  bool any = false;
  for (const LayerPtr& layer : quantized.layers()) {
    auto* wrapper = dynamic_cast<QuantizedLayer*>(layer.get());
    if (wrapper == nullptr) continue;
    for (QuantizerSlot& slot : wrapper->slots()) {
      const auto* average = dynamic_cast<const MovingAverageQuantizer*>(slot.quantizer.get());
      if (average == nullptr || slot.place == Place::kWeight) continue;
      slot.quantizer = with_rule(*average, rule, learning_rate);
      any = true;
    }
  }
  if (!any) {
    throw ValueError("model '" + quantized.name() +
                     "' has no range that follows the data of its activations; quantize it first");
  }
}

}  // namespace nudge::quantize
