#include "nudge/plan/step_plan.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "nudge/base/error.h"
#include "nudge/plan/cost.h"

namespace nudge::plan {
namespace {

class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total_(total) {}
  ~Stopwatch() { total_ += std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  double& total_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

StepPlan::StepPlan(ModelPtr model, Lowered lowered, std::vector<StepPtr> steps, const PlanOptions& options)
    : model_(std::move(model)),
      lowered_(std::move(lowered)),
      steps_(std::move(steps)),
      lifetimes_(lifetimes_of(steps_, lowered_)),
      keep_(!options.fused),
      context_{.values = lowered_.values, .seed = options.seed} {}

void StepPlan::release(const std::vector<ValueId>& ids) {
  if (keep_) return;
  for (const ValueId id : ids) lowered_.values.release(id);
}

int64_t StepPlan::checked_batch(const std::vector<Array>& inputs) const {
  const auto& expected = lowered_.program.model->inputs();
  if (inputs.size() != expected.size()) {
    throw ShapeError("model '" + model_->name() + "' takes " + std::to_string(expected.size()) +
                     " inputs, given " + std::to_string(inputs.size()));
  }
  const int64_t batch = inputs[0].shape().empty() ? 0 : inputs[0].shape()[0];
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& given = inputs[i].shape();
    if (batch < 1 || given != with_batch(expected[i].shape(), batch)) {
      throw ShapeError("input '" + expected[i].layer().name() + "': expected shape " +
                       to_string(expected[i].shape()) + ", given " + to_string(given));
    }
    if (inputs[i].type() != DataType::kFloat32) {
      throw ValueError("input '" + expected[i].layer().name() + "': expected float32, given " +
                       to_string(inputs[i].type()));
    }
  }
  return batch;
}

std::vector<Array> StepPlan::forward(const std::vector<Array>& inputs, Mode mode) {
  const int64_t batch = checked_batch(inputs);
  can_go_back_ = false;
  if (mode == Mode::kTraining) model_->begin_training_step();
  context_.mode = mode;
  context_.statistics_momentum.reset();
  if (mode == Mode::kStatistics) context_.statistics_momentum = statistics_momentum_;

  Values& values = lowered_.values;
  // Training keeps what it needs through a validation between its steps, and frees what that took beside it.
  const bool training = mode == Mode::kTraining;
  values.begin(batch, training || !trained_);
  trained_ = trained_ || training;
  inputs_ = inputs;
  for (size_t i = 0; i < inputs.size(); ++i)
    values.bind(lowered_.program.inputs[i], inputs_[i].data<float>());
  if (lowered_.ranges != nullptr && (mode == Mode::kTraining || mode == Mode::kCalibration)) {
    lowered_.ranges->begin_step(mode == Mode::kTraining);
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    {
      const Stopwatch stopwatch(steps_[i]->description().forward_seconds);
      steps_[i]->forward(context_);
    }
    release((training ? lifetimes_.forward : lifetimes_.inference)[i]);
  }
  add_up_penalties();
  std::vector<Array> outputs;
  for (const ValueId id : lowered_.program.outputs) outputs.push_back(copy_of(id));
  if (mode == Mode::kTraining) {
    ++context_.training_steps;
    if (lowered_.ranges != nullptr) lowered_.ranges->count_training_step();
    can_go_back_ = true;
  }
  return outputs;
}

void StepPlan::give_output_gradients(const std::vector<Array>& output_gradients) {
  Values& values = lowered_.values;
  if (output_gradients.size() != lowered_.program.outputs.size()) {
    throw ShapeError("backward takes a gradient for each of " +
                     std::to_string(lowered_.program.outputs.size()) + " outputs, given " +
                     std::to_string(output_gradients.size()));
  }
  for (size_t i = 0; i < output_gradients.size(); ++i) {
    const ValueId id = lowered_.program.outputs[i];
    if (output_gradients[i].shape() != values.shape(id)) {
      throw ShapeError("gradient of output '" + values.spec(id).name + "': expected shape " +
                       to_string(values.shape(id)) + ", given " + to_string(output_gradients[i].shape()));
    }
  }
  for (size_t i = 0; i < output_gradients.size(); ++i) {
    values.add_gradient(lowered_.program.outputs[i], output_gradients[i].data<float>());
  }
}

void StepPlan::add_up_penalties() {
  activity_penalty_ = 0.0;
  Values& values = lowered_.values;
  for (const ops::Penalty& penalty : lowered_.program.penalties) {
    activity_penalty_ +=
        penalty.regularizer.penalty(values.shape(penalty.value), values.read(penalty.value)) /
        static_cast<double>(values.batch());
  }
}

void StepPlan::give_penalty_gradients() {
  Values& values = lowered_.values;
  for (const ops::Penalty& penalty : lowered_.program.penalties) {
    if (!values.spec(penalty.value).needs_gradient) continue;
    Array gradient(values.shape(penalty.value));
    penalty.regularizer.penalty(gradient.shape(), values.read(penalty.value), gradient.data<float>(),
                                1.0 / static_cast<double>(values.batch()));
    values.add_gradient(penalty.value, gradient.data<float>());
  }
}

void StepPlan::backward(const std::vector<Array>& output_gradients) {
  if (!can_go_back_) throw ValueError("backward() needs a forward() in training mode before it");
  Values& values = lowered_.values;
  for (size_t i = 0; i < lowered_.parameters.size(); ++i) {
    values.bind_gradient(lowered_.parameter_values[i], lowered_.parameters[i].gradient.data<float>());
  }
  give_output_gradients(output_gradients);
  give_penalty_gradients();
  can_go_back_ = false;
  for (size_t i = steps_.size(); i-- > 0;) {
    Step& step = *steps_[i];
    const ValueId output = step.output();
    if (values.has_gradient(output) && values.spec(output).needs_gradient) {
      const Stopwatch stopwatch(step.description().backward_seconds);
      step.backward(context_);
      values.release_gradient(output);
    }
    release(lifetimes_.backward[i]);
  }
  for (size_t i = 0; i < lowered_.parameters.size(); ++i) {
    if (values.has_gradient(lowered_.parameter_values[i])) continue;
    const auto gradient = lowered_.parameters[i].gradient.span<float>();
    std::fill(gradient.begin(), gradient.end(), 0.0f);  // nothing that the loss sees depends on it
  }
}

void StepPlan::set_statistics_momentum(double momentum) {
  if (!(momentum >= 0.0 && momentum <= 1.0)) {
    throw ValueError("the momentum of statistics must be within [0, 1], given " + std::to_string(momentum));
  }
  statistics_momentum_ = momentum;
}

Array StepPlan::copy_of(ValueId id) const {
  Array array(lowered_.values.shape(id));
  std::memcpy(array.bytes(), lowered_.values.read(id), array.byte_size());
  return array;
}

Array StepPlan::layer_output(const std::string& layer) const {
  const auto found = lowered_.layer_outputs.find(layer);
  if (found == lowered_.layer_outputs.end()) throw ValueError("the plan has no layer '" + layer + "'");
  if (lowered_.values.batch() == 0 || !lowered_.values.written(found->second)) {
    throw ValueError(
        "layer '" + layer +
        "' left no output of its own: nothing ran yet, it is fused into the layers behind it, or its memory "
        "was used again (see keep_layer_outputs)");
  }
  return copy_of(found->second);
}

std::vector<StepDescription> StepPlan::describe() const {
  std::vector<StepDescription> descriptions;
  for (const StepPtr& step : steps_) {
    descriptions.push_back(step->description());
    descriptions.back().bytes = bytes_of(*step, lowered_.values);
  }
  return descriptions;
}

void StepPlan::reset_timings() {
  for (const StepPtr& step : steps_) {
    step->description().forward_seconds = 0;
    step->description().backward_seconds = 0;
  }
}

}  // namespace nudge::plan
