#include "nudge/plan/fake_quant_step.h"

#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/kernels/elementwise/range_gradient.h"

namespace nudge::plan {
namespace {

class FakeQuantStep : public Step {
 public:
  FakeQuantStep(const ops::Operation& operation, quantize::Range& range, bool codes)
      : Step(operation.name, "grid", operation.inputs, operation.output),
        range_(range),
        inference_only_(operation.as<ops::Quantize>()->inference_only),
        of_weight_(operation.as<ops::Quantize>()->of_weight),
        codes_(codes) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const ValueId input = inputs()[0];
    rounds_ = !inference_only_ || context.mode == Mode::kInference;
    if (!rounds_) {
      values.alias(output(), input);
      return;
    }
    const int64_t n = values.count(input);
    const float* x = values.read(input);
    const bool moves = context.mode == Mode::kTraining || context.mode == Mode::kCalibration;
    if (moves) range_.observe_values({x, static_cast<size_t>(n)});
    if (context.mode == Mode::kCalibration && !of_weight_) {
      values.alias(output(), input);
      return;
    }
    grids_.clear();
    for (size_t i = 0; i < range_.count(); ++i) grids_.push_back(range_.grid(i));
    if (codes_) {
      kernels::quantize(x, n, grids_[0], values.write_codes(output(), grids_[0]));
    } else {
      kernels::fake_quantize(x, view(n), grids_, values.write(output()));
    }
  }

  std::vector<ValueId> backward_reads() const override { return inputs(); }
  bool may_alias() const override { return true; }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const ValueId input = inputs()[0];
    if (!rounds_) {
      values.pass_gradient(output(), input);
      return;
    }
    Values::Share share = values.begin_gradient(input);
    const int64_t n = values.count(input);
    const float *x = values.read(input), *dy = values.gradient(output());
    if (range_.learns()) range_.add_gradient(kernels::range_gradient(x, dy, n, grids_[0]));
    kernels::fake_quantize_gradient(x, dy, view(n), grids_, share.data.f32);
    values.end_gradient(std::move(share));
  }

 private:
  kernels::ChannelView view(int64_t n) const {
    const auto channels = static_cast<int64_t>(grids_.size());
    // One grid: inner holds everything, so that it is one run.
    if (channels == 1) return {.outer = 1, .channels = 1, .inner = n};
    return {.outer = n / channels, .channels = channels, .inner = 1};
  }

  quantize::Range& range_;
  bool inference_only_;
  bool of_weight_;
  bool codes_;
  bool rounds_ = false;
  std::vector<kernels::Grid> grids_;
};

}  // namespace

StepPtr make_fake_quant_step(const ops::Operation& operation, quantize::Range& range, bool codes) {
  return std::make_unique<FakeQuantStep>(operation, range, codes);
}

bool makes_codes(const ops::Operation& operation, const quantize::Range& range) {
  const auto* quantize = operation.as<ops::Quantize>();
  return quantize != nullptr && !quantize->inference_only && !quantize->of_weight && range.count() == 1 &&
         range.quantizer().options().num_bits <= 8;
}

}  // namespace nudge::plan
