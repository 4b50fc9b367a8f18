#include "nudge/quantize/placed_program.h"

#include <numeric>
#include <utility>

namespace nudge::quantize {
namespace {

using ops::Operation;
using ops::ValueId;

class Placing {
 public:
  Placing(ops::Program program, const Ranges& ranges)
      : program_(std::move(program)), ranges_(ranges), current_(program_.values.size()) {
    std::iota(current_.begin(), current_.end(), 0);
  }

  ops::Program run() {
    for (Operation& operation : std::exchange(program_.operations, {})) {
      for (ValueId& input : operation.inputs) input = quantized_input(input);
      const ValueId output = operation.output;
      program_.operations.push_back(std::move(operation));
      quantize_output(output);
    }
    for (ValueId& output : program_.outputs) output = current(output);
    for (ops::Call& call : program_.calls) {
      for (ValueId& output : call.outputs) output = current(output);
    }
    for (ops::Penalty& penalty : program_.penalties) penalty.value = current(penalty.value);
    return std::move(program_);
  }

 private:
  // What stands for a value of the program before.
  ValueId& current(ValueId id) { return current_[static_cast<size_t>(id)]; }

  static const QuantizedLayer* quantized_layer(const ops::Value& value) {
    return dynamic_cast<const QuantizedLayer*>(value.layer);
  }

  // A weight is quantized where it is first used, once however often its layer is called.
  ValueId quantized_input(ValueId id) {
    const ops::Value& value = program_.value(id);
    const auto* quantized = quantized_layer(value);
    if (value.weight == nullptr || quantized == nullptr || current(id) != id) return current(id);
    const std::string name = value.place;
    for (const QuantizerSlot& slot : quantized->slots()) {
      if (slot.place == Place::kWeight && slot.name == name) quantize(id, slot);
    }
    return current(id);
  }

  void quantize_output(ValueId id) {
    const auto* quantized = quantized_layer(program_.value(id));
    if (quantized == nullptr) return;
    const std::string place = program_.value(id).place;
    if (place == "pre_activation") {
      has_function_ = true;
      quantize_at(Place::kPreActivation, id, *quantized);
    }
    for (const QuantizerSlot& slot : quantized->slots()) {
      if (slot.place == Place::kInside && slot.name == place) quantize(id, slot);
    }
    if (place != "output") return;
    // Without a function of the layer's own, what stands around it stands at the output.
    if (!std::exchange(has_function_, false)) quantize_at(Place::kPreActivation, id, *quantized);
    quantize_at(Place::kPostActivation, id, *quantized);
    quantize_at(Place::kOutput, id, *quantized);
  }

  void quantize_at(Place place, ValueId id, const QuantizedLayer& quantized) {
    for (const QuantizerSlot& slot : quantized.slots()) {
      if (slot.place == place) quantize(id, slot);
    }
  }

  void quantize(ValueId id, const QuantizerSlot& slot) {
    ops::Value value = program_.value(id);
    value.weight = nullptr;
    const auto output = static_cast<ValueId>(program_.values.size());
    program_.operations.push_back({.primitive = ops::Quantize{.range = ranges_.of(slot).index(),
                                                              .of_weight = slot.place == Place::kWeight,
                                                              .inference_only = slot.inference_only},
                                   .layer = value.layer,
                                   .name = value.layer->name() + "/" + slot.name,
                                   .inputs = {current(id)},
                                   .output = output});
    program_.values.push_back(std::move(value));
    current(id) = output;
  }

  ops::Program program_;
  const Ranges& ranges_;
  std::vector<ValueId> current_;
  bool has_function_ = false;  // the call that is being placed has a function of its own
};

}  // namespace

const Layer& computing_layer(const Layer& layer) {
  const auto* quantized = dynamic_cast<const QuantizedLayer*>(&layer);
  return quantized != nullptr && quantized->inner() != nullptr ? *quantized->inner() : layer;
}

bool is_wrapped(const Layer& layer) { return dynamic_cast<const QuantizedLayer*>(&layer) != nullptr; }

ops::Program with_quantizers(ops::Program program, const Ranges& ranges) {
  return Placing(std::move(program), ranges).run();
}

std::vector<const Range*> ranges_of_values(const ops::Program& program, const Ranges& ranges) {
  std::vector<const Range*> found(program.values.size(), nullptr);
  const auto at = [&](ValueId id) -> const Range*& { return found[static_cast<size_t>(id)]; };
  for (const Operation& operation : program.operations) {
    if (const auto* quantize = operation.as<ops::Quantize>()) {
      at(operation.output) = ranges.all()[quantize->range].get();
    } else if (ops::moves_values(operation.primitive)) {
      at(operation.output) = at(operation.inputs[0]);
    }
  }
  // From the back: a Concatenate may feed another.
  std::vector<const Range*> of_result = found;
  for (auto operation = program.operations.rbegin(); operation != program.operations.rend(); ++operation) {
    const Range*& result = of_result[static_cast<size_t>(operation->output)];
    if (operation->is<ops::Quantize>()) of_result[static_cast<size_t>(operation->inputs[0])] = result;
    if (!operation->is<ops::Concatenate>() || result == nullptr) continue;
    for (const ValueId input : operation->inputs) {
      const Layer* layer = program.value(input).layer;
      if (layer == nullptr || !is_wrapped(*layer) || at(input) != nullptr) continue;
      at(input) = of_result[static_cast<size_t>(input)] = result;
    }
  }
  return found;
}

}  // namespace nudge::quantize
