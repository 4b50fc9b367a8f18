#include "nudge/cli/representative.h"

#include <algorithm>

#include "nudge/plan/plan.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/quantize/quantizers.h"
#include "nudge/train/calibrate.h"

namespace nudge::cli {
namespace {

constexpr int64_t kBatches = 16;

// Every activation range that follows an average shall hold all that it is shown instead.
void widen_ranges(Model& model) {
  for (const LayerPtr& layer : model.layers()) {
    auto* quantized = dynamic_cast<quantize::QuantizedLayer*>(layer.get());
    if (quantized == nullptr) continue;
    for (quantize::QuantizerSlot& slot : quantized->slots()) {
      if (dynamic_cast<const quantize::MovingAverageQuantizer*>(slot.quantizer.get()) == nullptr) continue;
      slot.quantizer = std::make_shared<quantize::AllValuesQuantizer>(slot.quantizer->options());
      if (!slot.range_of.empty()) continue;
      for (const char* end : {"_min", "_max"}) layer->weight(slot.name + end).value = Array(Shape{});
    }
  }
}

}  // namespace

void calibrate(const LoadedModel& loaded, std::shared_ptr<const data::Source> source, uint64_t seed,
               int64_t batches) {
  const Model& model = *loaded.model;
  const auto loader = evaluation_loader(model.name(), model.inputs().front().shape(), loaded.card,
                                        std::move(source), data::Split::kTrain);
  const auto plan = plan::compile(loaded.model, {.seed = seed});
  train::calibrate(*plan, *loader, std::min(batches, loader->steps_per_epoch()));
}

ModelPtr post_training_quantized(const LoadedModel& loaded, std::shared_ptr<const data::Source> source,
                                 uint64_t seed, CalibrationMethod method) {
  const ModelPtr model = quantize::quantize_model(*loaded.model);
  model->initialize(seed);
  if (method == CalibrationMethod::kMinMax) widen_ranges(*model);
  calibrate({model, loaded.card, {}}, std::move(source), seed, kBatches);
  return model;
}

}  // namespace nudge::cli
