#include "nudge/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/class_scores.h"
#include "nudge/train/output_form.h"
#include "nudge/train/weight_rules.h"

namespace nudge::train {
namespace {

constexpr const char* kAverages[] = {"momentum", "velocity", "average_gradient"};

std::string key_of(const plan::Parameter& parameter) {
  return parameter.layer + "/" + parameter.weight->name;
}

// What the optimizer calls each weight, by its values: a flattened model shares the values of its layers.
std::map<const float*, std::string> keys_of(plan::Plan& plan) {
  std::map<const float*, std::string> keys;
  for (const plan::Parameter& parameter : plan.parameters()) {
    keys[parameter.weight->value.data<float>()] = key_of(parameter);
  }
  return keys;
}

}  // namespace

Trainer::Trainer(ModelPtr model, std::unique_ptr<Optimizer> optimizer, std::unique_ptr<Loss> loss,
                 const plan::PlanOptions& options)
    : model_(std::move(model)), optimizer_(std::move(optimizer)), loss_(std::move(loss)) {
  if (model_->outputs().size() != 1) {
    throw ValueError("model '" + model_->name() + "' has " + std::to_string(model_->outputs().size()) +
                     " outputs; a Trainer takes models with one");
  }
  const std::string mismatch = loss_mismatch(output_form(*model_), *loss_);
  if (!mismatch.empty()) log_warning("model '" + model_->name() + "': " + mismatch);
  model_->initialize(options.seed);
  plan_ = plan::compile(model_, options);
}

keras::OptimizerState Trainer::optimizer_state() {
  keras::OptimizerState state{.class_name = optimizer_->name(),
                              .options = optimizer_->options(),
                              .learning_rate = optimizer_->learning_rate(),
                              .iterations = optimizer_->iterations(),
                              .loss = loss_->name()};
  const auto keys = keys_of(*plan_);
  for (const Weight* weight : keras::trainable_weights(*model_)) {
    auto& averages = state.averages.emplace_back();
    const auto found = keys.find(weight->value.data<float>());
    if (found == keys.end()) continue;
    for (const char* name : kAverages) {
      const auto average = optimizer_->state().find(found->second + "/" + name);
      if (average != optimizer_->state().end()) averages[name] = average->second;
    }
  }
  return state;
}

void Trainer::resume(const keras::OptimizerState& state) {
  const std::vector<const Weight*> weights = keras::trainable_weights(*model_);
  if (state.class_name != optimizer_->name()) {
    throw ValueError("the state is of " + state.class_name + ", the optimizer is " + optimizer_->name());
  }
  if (state.averages.size() != weights.size()) {
    throw ValueError("the optimizer's state is of " + std::to_string(state.averages.size()) +
                     " weights, model '" + model_->name() + "' trains " + std::to_string(weights.size()));
  }
  const auto keys = keys_of(*plan_);
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto found = keys.find(weights[i]->value.data<float>());
    if (found == keys.end()) continue;
    for (const auto& [name, average] : state.averages[i]) {
      if (average.shape() != weights[i]->shape) {
        throw ValueError("the optimizer's state of weight '" + weights[i]->name + "' has another shape");
      }
      optimizer_->state()[found->second + "/" + name] = average.clone();
    }
  }
  optimizer_->set_iterations(state.iterations);
}

Trainer::StepResult Trainer::train_step(const Array& x, const Array& y) {
  const Array predictions = plan_->forward({x}, plan::Mode::kTraining).front();
  Array gradient;
  double loss = loss_->compute(y, predictions, &gradient) + plan_->activity_penalty();
  const double right = accuracy(y, class_scores(predictions, loss_->from_logits()));
  plan_->backward({gradient});
  loss += weight_penalty(*plan_, /*gradients=*/true);
  if (!std::isfinite(loss)) {
    throw NumericError("the loss is not finite; lower the learning rate or check the data");
  }
  optimizer_->begin_step();
  for (plan::Parameter& parameter : plan_->parameters()) {
    optimizer_->update(key_of(parameter), parameter.weight->value, parameter.gradient);
  }
  constrain_weights(*plan_);
  return {loss, right};
}

bool Trainer::run_epoch(data::Loader& train, const FitOptions& options, TrainingState& state,
                        Progress& progress) {
  const auto end_of_step = [&] {
    if (!options.after_step) return true;
    progress.callbacks.clear();
    for (const auto& callback : options.callbacks) progress.callbacks.push_back(callback->state());
    return options.after_step(progress);
  };
  for (state.step = progress.step; state.step < state.steps; ++state.step) {
    const data::Batch batch = train.next();
    StepResult result{};
    try {
      result = train_step(batch.x, batch.y);
    } catch (const NumericError& error) {
      throw NumericError("epoch " + std::to_string(state.epoch + 1) + ", step " +
                         std::to_string(state.step + 1) + ": " + error.what());
    }
    const int64_t items = batch.y.size();
    progress.loss_sum += result.loss * static_cast<double>(items);
    progress.accuracy_sum += result.accuracy * static_cast<double>(items);
    progress.items += items;
    progress.step = state.step + 1;
    for (const auto& callback : options.callbacks) {
      callback->on_batch_end(state, {{"loss", progress.loss()}, {"accuracy", progress.accuracy()}});
    }
    if (!end_of_step()) return false;
  }
  return true;
}

namespace {

Progress started(const FitOptions& options) {
  if (!options.from)
    return {.epoch = options.initial_epoch, .history = {.initial_epoch = options.initial_epoch}};
  if (options.from->callbacks.size() != options.callbacks.size()) {
    throw ValueError("the run began with " + std::to_string(options.from->callbacks.size()) +
                     " callbacks, not " + std::to_string(options.callbacks.size()));
  }
  for (size_t i = 0; i < options.callbacks.size(); ++i) {
    if (!options.from->callbacks[i].empty()) options.callbacks[i]->restore(options.from->callbacks[i]);
  }
  return *options.from;
}

}  // namespace

History Trainer::fit(data::Loader& train, data::Loader* validation, const FitOptions& options) {
  if (options.initial_epoch < 0 || options.epochs < options.initial_epoch) {
    throw ValueError("epochs is " + std::to_string(options.epochs) + ", it must not be below initial_epoch " +
                     std::to_string(options.initial_epoch));
  }
  Progress progress = started(options);
  IntegerValidation integers(options.integer_validation, progress.history);
  TrainingState state;
  state.epochs = options.epochs;
  state.steps = options.steps_per_epoch > 0 ? options.steps_per_epoch : train.steps_per_epoch();
  state.ranges = plan_->ranges();
  const int64_t begin = progress.epoch * state.steps + progress.step;
  train.seek(begin / train.steps_per_epoch(), begin % train.steps_per_epoch());
  plan_->set_training_steps(begin);
  if (state.ranges != nullptr) progress.history.qat_start_epoch = options.initial_epoch;
  for (state.epoch = progress.epoch; state.epoch < options.epochs && !state.stop; ++state.epoch) {
    progress.epoch = state.epoch;
    state.step = progress.step;
    for (const auto& callback : options.callbacks) callback->on_epoch_begin(state);
    if (!run_epoch(train, options, state, progress)) return progress.history;
    Logs logs{{"loss", progress.loss()}, {"accuracy", progress.accuracy()}};
    const bool last = state.epoch + 1 == options.epochs;
    if (last && options.reestimate_batch_normalization) {
      reestimate_batch_normalization(*plan_, train, train.steps_per_epoch());
    }
    if (plan_->ranges() != nullptr) quantize::observe_weights(*model_, *plan_->ranges());
    if (validation != nullptr) {
      const Evaluation result = evaluate(*validation, options.validation_steps);
      if (state.ranges != nullptr) {
        logs.merge(
            integers.logs(model_, result, *validation, *loss_, options.validation_steps, state.epoch, last));
      } else {
        logs["val_loss"] = result.loss;
        logs["val_accuracy"] = result.accuracy;
      }
    }
    if (state.ranges != nullptr) {
      const auto convergence = state.ranges->convergence();
      logs["ranges_converged"] =
          convergence.total == 0 ? 1.0 : static_cast<double>(convergence.converged) / convergence.total;
    }
    progress.history.append(logs);
    for (const auto& callback : options.callbacks) callback->on_epoch_end(state, logs);
    progress = {.epoch = state.epoch + 1, .history = std::move(progress.history)};
  }
  if (options.reestimate_batch_normalization && state.epoch < options.epochs) {
    // A callback ended training, so the epoch that was the last did not know it.
    reestimate_batch_normalization(*plan_, train, train.steps_per_epoch());
  }
  return progress.history;
}

void Trainer::calibrate(data::Loader& data, int64_t batches) {
  train::calibrate(*plan_, data, std::min(batches, data.steps_per_epoch()));
}

Evaluation Trainer::evaluate(data::Loader& data, int64_t steps) {
  double activity = 0;
  const auto scoring = [&](const Array& x) {
    Array scores = predict(x);
    activity += plan_->activity_penalty() * static_cast<double>(x.shape()[0]);
    return scores;
  };
  Evaluation result = train::evaluate(scoring, data, *loss_, steps);
  result.penalty = activity / static_cast<double>(std::max<int64_t>(1, result.count)) +
                   weight_penalty(*plan_, /*gradients=*/false);
  result.loss += result.penalty;
  return result;
}

Array Trainer::predict(const Array& inputs) {
  return plan_->forward({inputs}, plan::Mode::kInference).front();
}

}  // namespace nudge::train
