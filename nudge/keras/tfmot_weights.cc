#include "nudge/keras/tfmot_weights.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/keras/stored_weight.h"
#include "nudge/quantize/quantizer_slot.h"

namespace nudge::keras {
namespace {

void read(quantize::QuantizeWrapper& wrapper, Weight& weight, const H5Group& vars, size_t index) {
  const std::string name = std::to_string(index);
  fill_weight(wrapper, weight, vars.read(name), vars.where(name));
}

void note_moved(quantize::QuantizedLayer& quantized, Layer& layer) {
  for (quantize::QuantizerSlot& slot : quantized.slots()) {
    if (!quantize::has_variables(slot) || slot.progress.updates > 0) continue;
    const auto min = layer.weight(slot.name + "_min").value.span<float>();
    const auto max = layer.weight(slot.name + "_max").value.span<float>();
    const auto& start = slot.quantizer->options();
    const auto differs = [](std::span<const float> values, float from) {
      return std::any_of(values.begin(), values.end(), [from](float value) { return value != from; });
    };
    if (differs(min, start.init_min) || differs(max, start.init_max)) {
      slot.progress.updates = slot.progress.training_steps = 1;
    }
  }
}

}  // namespace

bool has_tfmot_layout(const H5Group& group) { return group.has("layer") && group.has("vars"); }

void read_tfmot_wrapper(quantize::QuantizeWrapper& wrapper, const H5Group& group) {
  std::vector<Weight*> trained, averages;
  const auto inner = wrapper.inner()->weights();
  for (Weight* weight : inner) (weight->trainable ? trained : averages).push_back(weight);
  const auto all = wrapper.weights();
  const std::vector<Weight*> own(all.begin() + static_cast<std::ptrdiff_t>(inner.size()), all.end());
  const auto& slots = wrapper.slots();
  const auto repeated = static_cast<size_t>(std::count_if(
      slots.begin(), slots.end(), [](const auto& slot) { return slot.place == quantize::Place::kWeight; }));

  const H5Group vars = group.group("vars");
  const size_t stored = vars.names().size();
  const size_t needed = trained.size() + repeated + own.size();
  if (stored != needed) {
    throw InputError(vars.where() + ": layer '" + wrapper.name() + "' needs " + std::to_string(needed) +
                     " weights, the file has " + std::to_string(stored));
  }
  for (size_t i = 0; i < trained.size(); ++i) read(wrapper, *trained[i], vars, i);
  for (size_t i = 0; i < own.size(); ++i) read(wrapper, *own[i], vars, trained.size() + repeated + i);
  if (averages.empty()) return;
  const H5Group layer_vars = group.group("layer").group("vars");
  const size_t count = layer_vars.names().size();
  if (count < averages.size()) {
    throw InputError(layer_vars.where() + ": layer '" + wrapper.name() + "' needs " +
                     std::to_string(averages.size()) + " weights, the file has " + std::to_string(count));
  }
  for (size_t i = 0; i < averages.size(); ++i) {
    read(wrapper, *averages[i], layer_vars, count - averages.size() + i);
  }
}

void note_moved_ranges(Model& model) {
  for (const LayerPtr& layer : model.layers()) {
    if (auto* nested = dynamic_cast<Model*>(layer.get())) note_moved_ranges(*nested);
    if (auto* quantized = dynamic_cast<quantize::QuantizedLayer*>(layer.get()))
      note_moved(*quantized, *layer);
  }
}

}  // namespace nudge::keras
