#include "nudge/plan/concatenate_step.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nudge/kernels/elementwise/concatenate.h"
#include "nudge/kernels/elementwise/range_gradient.h"

namespace nudge::plan {
namespace {

class ConcatenateStep : public Step {
 public:
  ConcatenateStep(const ops::Operation& operation, size_t axis, ValueId output, quantize::Range* range)
      : Step(operation.name, "grid", operation.inputs, output), axis_(axis), range_(range) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    if (range_ != nullptr && (context.mode == Mode::kTraining || context.mode == Mode::kCalibration)) {
      const kernels::MinMax seen = range_of_inputs(values);
      range_->observe(std::array{seen.min}, std::array{seen.max});
    }
    if (range_ == nullptr || context.mode == Mode::kCalibration) {
      const kernels::Reals joined = values.write_kept(output());
      for_each_input(values, [&](ValueId input, const kernels::Runs& runs, int64_t offset) {
        kernels::place_runs(values.operand(input), runs, joined.at(offset));
      });
      return;
    }
    grid_ = range_->grid();
    uint8_t* codes = values.write_codes(output(), grid_);
    for_each_input(values, [&](ValueId input, const kernels::Runs& runs, int64_t offset) {
      kernels::place_runs(values.operand(input), runs, grid_, codes + offset);
    });
  }

  std::vector<ValueId> backward_reads() const override {
    return range_ != nullptr ? inputs() : std::vector<ValueId>{};
  }

  void backward(StepContext& context) override {
    Values& values = context.values;
    for_each_input(values, [&](ValueId input, const kernels::Runs& runs, int64_t offset) {
      if (!values.spec(input).needs_gradient) return;
      Values::Share share = values.begin_kept_gradient(input);
      const bool same_form = values.spec(input).bf16 == values.spec(output()).bf16;
      const kernels::ConstReals dy =
          same_form ? values.kept_gradient(output()) : kernels::ConstReals(values.gradient(output()));
      // Without a grid the values do not matter, and are gone.
      const kernels::Operand x = range_ != nullptr ? values.operand(input) : kernels::Operand{};
      if (range_ != nullptr && range_->learns()) {
        range_->add_gradient(kernels::range_gradient(x, runs, dy.at(offset), grid_));
      }
      kernels::take_gradient(x, runs, dy.at(offset), range_ != nullptr ? &grid_ : nullptr, share.data);
      values.end_gradient(std::move(share));
    });
  }

 private:
  kernels::MinMax range_of_inputs(Values& values) const {
    kernels::MinMax range{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
    for (const ValueId input : inputs()) {
      const kernels::MinMax seen = kernels::range_of(values.operand(input), values.count(input));
      if (std::isnan(seen.min)) return seen;
      range = {std::min(range.min, seen.min), std::max(range.max, seen.max)};
    }
    return range;
  }

  // Calls body(input, its runs, where it starts in a run of the result).
  template <typename Body>
  void for_each_input(const Values& values, const Body& body) const {
    const Shape whole = values.shape(output());
    int64_t rows = 1;
    for (size_t i = 0; i < axis_; ++i) rows *= whole[i];
    const int64_t pitch = values.count(output()) / rows;
    int64_t offset = 0;
    for (const ValueId input : inputs()) {
      const int64_t width = values.count(input) / rows;
      body(input, {.rows = rows, .width = width, .pitch = pitch}, offset);
      offset += width;
    }
  }

  size_t axis_;
  quantize::Range* range_;
  kernels::Grid grid_;
};

}  // namespace

StepPtr make_concatenate_step(const ops::Operation& concatenate, const Values& values, ValueId output,
                              quantize::Range* range) {
  const auto rank = static_cast<int64_t>(values.spec(output).shape.size());
  const int64_t axis = concatenate.as<ops::Concatenate>()->axis;
  return std::make_unique<ConcatenateStep>(concatenate, static_cast<size_t>(axis < 0 ? axis + rank : axis),
                                           output, range);
}

}  // namespace nudge::plan
