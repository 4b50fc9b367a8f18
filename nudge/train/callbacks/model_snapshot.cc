#include "nudge/train/callbacks/model_snapshot.h"

#include <cstring>

#include "nudge/base/error.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::train {
namespace {

constexpr int64_t kFigures = 6;

std::vector<quantize::RangeProgress*> progress_of(Model& model) {
  std::vector<quantize::RangeProgress*> all;
  for (const LayerPtr& layer : model.layers()) {
    auto* quantized = dynamic_cast<quantize::QuantizedLayer*>(layer.get());
    if (quantized == nullptr) continue;
    for (quantize::QuantizerSlot& slot : quantized->slots()) all.push_back(&slot.progress);
  }
  return all;
}

Array figures_of(Model& model) {
  const std::vector<quantize::RangeProgress*> all = progress_of(model);
  Array figures({static_cast<int64_t>(all.size()), kFigures}, DataType::kFloat64);
  double* figure = figures.data<double>();
  for (const quantize::RangeProgress* progress : all) {
    *figure++ = static_cast<double>(progress->updates);
    *figure++ = static_cast<double>(progress->training_steps);
    *figure++ = progress->mass;
    *figure++ = progress->distance;
    *figure++ = progress->recent_min;
    *figure++ = progress->recent_max;
  }
  return figures;
}

void put_back(const Array& figures, Model& model) {
  const double* figure = figures.data<double>();
  for (quantize::RangeProgress* progress : progress_of(model)) {
    progress->updates = static_cast<int64_t>(*figure++);
    progress->training_steps = static_cast<int64_t>(*figure++);
    progress->mass = *figure++;
    progress->distance = *figure++;
    progress->recent_min = *figure++;
    progress->recent_max = *figure++;
  }
}

std::string weight_name(size_t index) { return "weight_" + std::to_string(index); }

}  // namespace

ModelSnapshot::ModelSnapshot(Model& model) {
  const std::vector<Weight*> weights = model.weights();
  for (size_t i = 0; i < weights.size(); ++i) arrays_[weight_name(i)] = weights[i]->value.clone();
  arrays_["ranges"] = figures_of(model);
}

void ModelSnapshot::restore(Model& model) const {
  const std::vector<Weight*> weights = model.weights();
  const auto fits = [&](const std::string& name, const Array& like) {
    const auto found = arrays_.find(name);
    return found != arrays_.end() && found->second.shape() == like.shape() &&
           found->second.type() == like.type();
  };
  bool same = arrays_.size() == weights.size() + 1 && fits("ranges", figures_of(model));
  for (size_t i = 0; i < weights.size(); ++i) same = same && fits(weight_name(i), weights[i]->value);
  if (!same) throw InputError("the weights that were kept are not of model '" + model.name() + "'");
  for (size_t i = 0; i < weights.size(); ++i) {
    Array& value = weights[i]->value;
    std::memcpy(value.bytes(), arrays_.at(weight_name(i)).bytes(), value.byte_size());
  }
  put_back(arrays_.at("ranges"), model);
}

}  // namespace nudge::train
