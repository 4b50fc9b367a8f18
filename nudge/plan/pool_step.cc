#include "nudge/plan/pool_step.h"

#include "nudge/kernels/pooling/pool.h"

namespace nudge::plan {
namespace {

kernels::Pool pool_of(const Shape& input) {
  return {.in_height = input[1], .in_width = input[2], .channels = input[3]};
}

kernels::Pool pool_of(const Shape& input, const ops::Window& window) {
  kernels::Pool pool = pool_of(input);
  const auto rows = window.rows(pool.in_height);
  const auto columns = window.columns(pool.in_width);
  pool.pool_height = window.size.height;
  pool.pool_width = window.size.width;
  pool.stride_height = window.strides.height;
  pool.stride_width = window.strides.width;
  pool.pad_top = rows.before;
  pool.pad_bottom = rows.after;
  pool.pad_left = columns.before;
  pool.pad_right = columns.after;
  return pool;
}

class PoolStep : public Step {
 public:
  PoolStep(const ops::Operation& operation, const kernels::Pool& pool)
      : Step(operation.name, "grid", operation.inputs, operation.output), pool_(pool) {}

  void forward(StepContext& context) override {
    pool_.batch = context.values.batch();
    pool(context.values);
  }

  void backward(StepContext& context) override {
    Values::Share share = context.values.begin_gradient(inputs()[0]);
    gradient(context.values, context.values.gradient(output()), share.data.f32);
    context.values.end_gradient(std::move(share));
  }

 protected:
  const kernels::Pool& window() const { return pool_; }

 private:
  virtual void pool(Values& values) = 0;
  virtual void gradient(Values& values, const float* dy, float* dx) = 0;

  kernels::Pool pool_;
};

class MaxPoolStep : public PoolStep {
 public:
  MaxPoolStep(const ops::Operation& operation, const kernels::Pool& pool) : PoolStep(operation, pool) {}

  std::vector<ValueId> backward_reads() const override { return inputs(); }

 private:
  void pool(Values& values) override {
    const ValueId x = inputs()[0];
    if (const uint8_t* codes = values.codes(x)) {
      kernels::max_pool(window(), codes, values.write_codes(output(), values.grid(x)));
    } else {
      kernels::max_pool(window(), values.read(x), values.write(output()));
    }
  }

  void gradient(Values& values, const float* dy, float* dx) override {
    const ValueId x = inputs()[0];
    if (const uint8_t* codes = values.codes(x)) {
      kernels::max_pool_gradient(window(), codes, dy, dx);
    } else {
      kernels::max_pool_gradient(window(), values.read(x), dy, dx);
    }
  }
};

class AveragePoolStep : public PoolStep {
 public:
  AveragePoolStep(const ops::Operation& operation, const kernels::Pool& pool) : PoolStep(operation, pool) {}

 private:
  void pool(Values& values) override {
    kernels::average_pool(window(), values.operand(inputs()[0]), values.write(output()));
  }

  std::vector<ValueId> backward_reads() const override { return {}; }
  void gradient(Values&, const float* dy, float* dx) override {
    kernels::average_pool_gradient(window(), dy, dx);
  }
};

}  // namespace

StepPtr make_pool_step(const ops::Operation& operation, const Values& values) {
  if (operation.inputs.empty()) return nullptr;
  const Shape& input = values.spec(operation.inputs[0]).shape;
  if (const auto* pool = operation.as<ops::Pool>()) {
    if (pool->of == ops::Reduction::kMax) {
      return std::make_unique<MaxPoolStep>(operation, pool_of(input, pool->window));
    }
    return std::make_unique<AveragePoolStep>(operation, pool_of(input, pool->window));
  }
  const auto* reduce = operation.as<ops::Reduce>();
  const bool image = reduce != nullptr && input.size() == 4 && reduce->axes == std::vector<int64_t>{1, 2};
  if (!image || reduce->of != ops::Reduction::kAverage) return nullptr;
  kernels::Pool pool = pool_of(input);
  pool.pool_height = pool.stride_height = pool.in_height;
  pool.pool_width = pool.stride_width = pool.in_width;
  return std::make_unique<AveragePoolStep>(operation, pool);
}

}  // namespace nudge::plan
