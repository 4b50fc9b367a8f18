#include "nudge/plan/multiply_step.h"

#include <algorithm>
#include <array>

namespace nudge::plan {
namespace {

// `small` has the batch and the channels of `large`, and 1 between them.
bool one_a_channel(const Shape& large, const Shape& small) {
  if (large.size() < 3 || small.size() != large.size()) return false;
  return small[0] == large[0] && small.back() == large.back() &&
         std::all_of(small.begin() + 1, small.end() - 1, [](int64_t size) { return size == 1; });
}

class MultiplyStep : public Step {
 public:
  MultiplyStep(const ops::Operation& multiply, ValueId output, quantize::Range* range)
      : Step(multiply.name, "grid", multiply.inputs, output), range_(range) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const kernels::Operand a = values.operand(large(values)), b = values.operand(small(values));
    const kernels::ProductShape shape = shape_of(values);
    if (range_ != nullptr && (context.mode == Mode::kTraining || context.mode == Mode::kCalibration)) {
      const kernels::MinMax seen = kernels::multiply_range(a, b, shape);
      range_->observe(std::array{seen.min}, std::array{seen.max});
    }
    if (range_ == nullptr || context.mode == Mode::kCalibration) {
      return kernels::multiply(a, b, shape, values.write_kept(output()));
    }
    grid_ = range_->grid();
    kernels::multiply(a, b, shape, grid_, values.write_codes(output(), grid_));
  }

  std::vector<ValueId> backward_reads() const override { return inputs(); }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const ValueId a = large(values), b = small(values);
    std::vector<Values::Share> shares;
    const bool wanted_a = values.spec(a).needs_gradient, wanted_b = values.spec(b).needs_gradient;
    kernels::Reals da;
    float* db = nullptr;
    if (wanted_a) {
      shares.push_back(values.begin_kept_gradient(a));
      da = shares.back().data;
    }
    if (wanted_b) {
      shares.push_back(values.begin_gradient(b));
      db = shares.back().data.f32;
    }
    kernels::multiply_gradient(values.operand(a), values.operand(b), values.kept_gradient(output()),
                               shape_of(values), range_ != nullptr ? &grid_ : nullptr, da, db);
    for (Values::Share& share : shares) values.end_gradient(std::move(share));
  }

 private:
  bool first_is_large(const Values& values) const {
    return values.count(inputs()[0]) >= values.count(inputs()[1]);
  }
  ValueId large(const Values& values) const { return inputs()[first_is_large(values) ? 0 : 1]; }
  ValueId small(const Values& values) const { return inputs()[first_is_large(values) ? 1 : 0]; }

  kernels::ProductShape shape_of(const Values& values) const {
    const int64_t channels = values.shape(output()).back();
    const int64_t groups = values.count(small(values)) / channels;
    return {.groups = groups, .rows = values.count(output()) / channels / groups, .channels = channels};
  }

  quantize::Range* range_;
  kernels::Grid grid_;
};

}  // namespace

bool is_plain_multiply(const ops::Operation& operation, const Values& values) {
  const auto* combine = operation.as<ops::Combine>();
  if (combine == nullptr || combine->how != ops::Combination::kMultiply) return false;
  const ValueSpec &a = values.spec(operation.inputs[0]), &b = values.spec(operation.inputs[1]);
  const auto activation = [](const ValueSpec& spec) {
    return spec.weight == nullptr && !spec.shape.empty() && spec.shape[0] == kUnknown;
  };
  if (!activation(a) || !activation(b) || a.shape.size() < 2 || a.shape.back() == kUnknown) return false;
  return a.shape == b.shape || one_a_channel(a.shape, b.shape) || one_a_channel(b.shape, a.shape);
}

StepPtr make_multiply_step(const ops::Operation& multiply, ValueId output, quantize::Range* range) {
  return std::make_unique<MultiplyStep>(multiply, output, range);
}

}  // namespace nudge::plan
