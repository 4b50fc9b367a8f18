#include "nudge/train/post_training.h"

#include <algorithm>

#include "nudge/plan/plan.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/quantize/quantizers.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/input_grid.h"

namespace nudge::train {
namespace {

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

void calibrate_model(const ModelPtr& quantized, data::BatchStream& data, int64_t batches, uint64_t seed) {
  const auto plan = plan::compile(quantized, {.seed = seed});
  calibrate(*plan, data, std::min(batches, data.steps_per_epoch()));
}

ModelPtr quantize_post_training(const Model& model, data::BatchStream& data,
                                const PostTrainingOptions& options) {
  ModelPtr quantized = quantize::quantize_model(model);
  if (const auto scaling = data.pixels()) quantized = on_pixel_grid(quantized, *scaling);
  quantized->initialize(options.seed);
  if (options.method == CalibrationMethod::kMinMax) widen_ranges(*quantized);
  const int64_t all = data.steps_per_epoch();
  calibrate_model(quantized, data, options.batches == 0 ? all : options.batches, options.seed);
  return quantized;
}

}  // namespace nudge::train
