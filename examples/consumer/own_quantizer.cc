// A quantizer written outside nudge: its range is the widest of the last batch and nine tenths of what it
// was.
#include <nudge/nudge.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

using namespace nudge;

class ShrinkingQuantizer : public quantize::Quantizer {
 public:
  explicit ShrinkingQuantizer(quantize::QuantizerOptions options = {}) : Quantizer(options) {}
  std::string class_name() const override { return "ShrinkingQuantizer"; }
  Json config() const override { return quantize::to_json(options()); }
  void update(std::span<float> min, std::span<float> max, std::span<const float> batch_min,
              std::span<const float> batch_max, quantize::RangeProgress& progress) const override {
    for (size_t i = 0; i < min.size(); ++i) {
      min[i] = std::min(batch_min[i], 0.9f * min[i]);
      max[i] = std::max(batch_max[i], 0.9f * max[i]);
    }
    ++progress.updates;
  }
};

int main() {
  quantize::register_quantizer("ShrinkingQuantizer", [](const Json& config) {
    return std::make_shared<ShrinkingQuantizer>(quantize::quantizer_options_from_json(config));
  });
  const auto config = std::make_shared<quantize::ListedQuantizeConfig>(
      "ShrinkingConfig",
      quantize::ListedQuantizers{
          .weights = {{"kernel", std::make_shared<quantize::LastValueQuantizer>(
                                     quantize::QuantizerOptions{.symmetric = true, .narrow_range = true})}},
          .output = std::make_shared<ShrinkingQuantizer>()});
  const Tensor image = input({16, 16, 3});
  const LayerPtr conv =
      std::make_shared<layers::Conv2D>(layers::Conv2DOptions{.filters = 4, .kernel_size = 3, .name = "conv"});
  const Tensor x =
      layers::global_average_pooling2d(quantize::quantize_annotate_layer(conv, config)->call(image));
  const ModelPtr quantized = quantize::quantize_apply(*make_model(image, layers::dense(x, {.units = 5})));
  quantized->initialize(1);
  data::Loader photos(data::open_source("builtin:flowers?count=60"),
                      {.size = {16, 16}, .batch = 16, .preprocess = data::Preprocess::kRescale});
  train::calibrate_model(quantized, photos, 3);
  const quantize::Ranges ranges(*quantized);
  for (const auto& range : ranges.all()) {
    if (range->quantizer().class_name() != "ShrinkingQuantizer") continue;
    std::printf("%s: %.3f to %.3f\n", range->name().c_str(), range->min()[0], range->max()[0]);
    return range->max()[0] < 6.0f ? 0 : 1;
  }
  return 1;
}
