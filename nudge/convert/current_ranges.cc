#include "nudge/convert/current_ranges.h"

#include <fmt/format.h>

#include <map>

#include "nudge/base/error.h"
#include "nudge/graph/clone.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/quantize/ranges.h"

namespace nudge::convert {
namespace {

void check_moved(const quantize::Ranges& ranges) {
  const quantize::Range* first = nullptr;
  int64_t still = 0;
  for (const auto& range : ranges.all()) {
    const bool follows_data = range->quantizer().has_range() && !range->follows_weights();
    if (!follows_data || range->progress().updates > 0) continue;
    if (still++ == 0) first = range.get();
  }
  if (still == 0) return;
  throw ValueError(
      fmt::format("{} activation ranges are where they started, that of '{}' first: no data has "
                  "moved them; train, or calibrate with nudge quantize --calibrate DATA",
                  still, first->name()));
}

// The wrapper with variables of its own for its ranges; the wrapped layer's weights are shared.
LayerPtr with_own_ranges(const Layer& layer, const quantize::QuantizedLayer& quantized) {
  LayerPtr own = layer.clone();
  const auto from = layer.weights();
  const auto to = own->weights();
  const size_t shared = quantized.inner() == nullptr ? 0 : quantized.inner()->weights().size();
  for (size_t i = 0; i < to.size(); ++i) to[i]->value = i < shared ? from[i]->value : from[i]->value.clone();
  return own;
}

}  // namespace

ModelPtr with_current_ranges(const Model& flat) {
  std::map<const Layer*, LayerPtr> made;
  ModelPtr current = rewrite_model(flat, [&](const Node& node, const std::vector<Tensor>& inputs) {
    LayerPtr& layer = made[node.layer.get()];
    const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(node.layer.get());
    if (layer == nullptr)
      layer = quantized == nullptr ? node.layer : with_own_ranges(*node.layer, *quantized);
    return layer->call_all(inputs);
  });
  quantize::Ranges ranges(*current);
  check_moved(ranges);
  quantize::observe_weights(*current, ranges);
  return current;
}

}  // namespace nudge::convert
