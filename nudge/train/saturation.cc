#include "nudge/train/saturation.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::train {
namespace {

// Enough to tell a percent, at a fraction of a step's time.
constexpr int64_t kItems = 8;

std::vector<Array> first_items(const data::Batch& batch) {
  std::vector<Array> inputs;
  for (const Array& input : batch.inputs) inputs.push_back(input.slice(0, std::min(kItems, batch.rows())));
  return inputs;
}

double share_at_ends(const Array& values, const kernels::Grid& grid) {
  const float half = 0.5f * grid.scale;
  int64_t at_ends = 0;
  for (const float value : values.span<float>()) {
    const bool low = grid.nudged_min < 0.0f && value <= grid.nudged_min + half;
    at_ends += low || value >= grid.nudged_max - half ? 1 : 0;
  }
  return static_cast<double>(at_ends) / static_cast<double>(std::max<int64_t>(1, values.size()));
}

bool at_the_output(const quantize::QuantizerSlot& slot) {
  return slot.place == quantize::Place::kOutput || slot.place == quantize::Place::kPostActivation;
}

}  // namespace

std::map<std::string, double> saturation(plan::Plan& plan, const Model& model, data::BatchStream& data) {
  plan.keep_layer_outputs(true);
  plan.forward(first_items(data.next()), plan::Mode::kInference);
  plan.keep_layer_outputs(false);
  std::map<std::string, double> shares;
  for (const LayerPtr& layer : model.layers()) {
    const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(layer.get());
    if (quantized == nullptr) continue;
    for (const quantize::QuantizerSlot& slot : quantized->slots()) {
      if (!at_the_output(slot)) continue;
      const quantize::Range& range = plan.ranges()->of(slot);
      if (!range.quantizer().has_range() || range.grid().degenerate()) continue;
      try {
        double& share = shares.try_emplace(range.name(), 0.0).first->second;
        share = std::max(share, share_at_ends(plan.layer_output(layer->name()), range.grid()));
      } catch (const ValueError&) {
        shares.erase(range.name());  // computed with what follows it
      }
    }
  }
  return shares;
}

std::vector<RangeFigure> range_figures(const quantize::Ranges& ranges,
                                       const std::map<std::string, double>& saturation) {
  std::vector<RangeFigure> figures;
  for (const auto& range : ranges.all()) {
    if (range->follows_weights() || !range->quantizer().has_range()) continue;
    RangeFigure& figure = figures.emplace_back();
    figure.name = range->name();
    figure.min = *std::min_element(range->min().begin(), range->min().end());
    figure.max = *std::max_element(range->max().begin(), range->max().end());
    figure.distance = range->progress().distance;
    figure.updates = range->progress().updates;
    figure.settled = range->converged();
    const auto share = saturation.find(range->name());
    if (share != saturation.end()) figure.saturation = share->second;
  }
  return figures;
}

}  // namespace nudge::train
