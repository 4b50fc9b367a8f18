#include "nudge/post_training/quantize_model.h"

#include <algorithm>
#include <map>

#include "nudge/base/error.h"
#include "nudge/plan/plan.h"
#include "nudge/post_training/value_histogram.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/input_grid.h"

namespace nudge::post_training {
namespace {

// A histogram of what each activation's range is shown, by the range's name.
class Histograms : public quantize::ValueWatcher {
 public:
  void see(const quantize::Range& range, std::span<const float> values) override {
    if (range.follows_weights() || !range.quantizer().has_range()) return;
    try {
      by_range_[range.name()].add(values);
    } catch (const NumericError& error) {
      throw NumericError(range.name() + ": " + error.what());
    }
  }

  const std::map<std::string, ValueHistogram>& by_range() const { return by_range_; }

 private:
  std::map<std::string, ValueHistogram> by_range_;
};

ModelPtr quantized_copy(const Model& model, const data::BatchStream& data,
                        const PostTrainingOptions& options) {
  ModelPtr quantized =
      quantize::quantize_apply(*quantize::quantize_annotate_model(model, ".*", options.keep_float));
  if (const auto scaling = data.pixels()) quantized = train::on_pixel_grid(quantized, *scaling);
  quantized->initialize(options.seed);
  return quantized;
}

// Each range is shown the limits of its histogram, as often as there were batches: it has settled there.
void set_ranges(Model& quantized, const Histograms& histograms, const Calibration& calibration,
                int64_t batches) {
  quantize::Ranges ranges(quantized);
  for (const auto& range : ranges.all()) {
    const auto found = histograms.by_range().find(range->name());
    if (found == histograms.by_range().end()) continue;
    const Limits limits = limits_of(found->second, calibration, range->quantizer().options().num_bits);
    for (int64_t i = 0; i < batches; ++i) {
      ranges.begin_step();
      range->observe({&limits.min, 1}, {&limits.max, 1});
    }
  }
  quantize::observe_weights(quantized, ranges);
}

}  // namespace

ModelPtr quantize_model(const Model& model, data::BatchStream& data, const PostTrainingOptions& options) {
  const ModelPtr quantized = quantized_copy(model, data, options);
  const int64_t all = data.steps_per_epoch();
  const int64_t batches = options.batches == 0 ? all : std::min(options.batches, all);
  if (options.calibration.method == CalibrationMethod::kAverage) {
    train::calibrate_model(quantized, data, batches, options.seed);
    return quantized;
  }
  // What histograms count are values of tensors, which fused blocks do not keep.
  const ModelPtr watched = quantized_copy(model, data, options);
  const auto plan = plan::compile(watched, {.fused = false, .seed = options.seed});
  Histograms histograms;
  plan->ranges()->watch(&histograms);
  train::calibrate(*plan, data, batches);
  set_ranges(*quantized, histograms, options.calibration, batches);
  return quantized;
}

}  // namespace nudge::post_training
