#include "nudge/train/dampening.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::train {
namespace {

// What the step's forward pass computed with.
std::vector<float> on_their_grids(const quantize::Range& range, const Array& weights) {
  std::vector<kernels::Grid> grids;
  for (size_t i = 0; i < range.count(); ++i) grids.push_back(range.grid(i));
  std::vector<float> values(static_cast<size_t>(weights.size()));
  const auto channels = static_cast<int64_t>(grids.size());
  kernels::fake_quantize(weights.data<float>(),
                         {.outer = weights.size() / channels, .channels = channels, .inner = 1}, grids,
                         values.data());
  return values;
}

}  // namespace

double dampen_oscillations(Model& model, plan::Plan& plan, double strength) {
  std::map<const float*, plan::Parameter*> parameters;  // by their values, which the plan's own model shares
  for (plan::Parameter& parameter : plan.parameters())
    parameters[std::as_const(parameter.weight->value).data<float>()] = &parameter;
  double sum = 0;
  for (const LayerPtr& layer : model.layers()) {
    auto* quantized = dynamic_cast<quantize::QuantizedLayer*>(layer.get());
    if (quantized == nullptr || quantized->inner() == nullptr) continue;
    for (const quantize::QuantizerSlot& slot : quantized->slots()) {
      if (slot.place != quantize::Place::kWeight) continue;
      const Array& weights = std::as_const(quantized->inner()->weight(slot.name).value);
      const auto found = parameters.find(weights.data<float>());
      if (found == parameters.end()) continue;  // not trained
      const std::vector<float> values = on_their_grids(plan.ranges()->of(slot), weights);
      const float* w = weights.data<float>();
      float* gradient = found->second->gradient.data<float>();
      const auto factor = static_cast<float>(2 * strength);
      for (size_t i = 0; i < values.size(); ++i) {
        const float off = w[i] - values[i];
        sum += static_cast<double>(off) * static_cast<double>(off);
        gradient[i] += factor * off;
      }
    }
  }
  return sum;
}

double dampening_ramp(double done) {
  return 0.5 * (1.0 - std::cos(std::numbers::pi * std::clamp(done, 0.0, 1.0)));
}

}  // namespace nudge::train
