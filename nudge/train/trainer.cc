#include "nudge/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/class_scores.h"
#include "nudge/train/dampening.h"
#include "nudge/train/lagging_averages.h"
#include "nudge/train/output_form.h"
#include "nudge/train/saturation.h"
#include "nudge/train/weight_rules.h"

namespace nudge::train {
namespace {

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

// Keras's class_weight: the items' weights by their class.
void weigh_classes(data::Batch& batch, const std::vector<double>& class_weights) {
  if (class_weights.empty()) return;
  if (batch.targets.size() != 1) throw ValueError("class weights are for models with one output");
  if (!batch.weights.empty()) throw ValueError("class weights and sample weights do not go together");
  const std::vector<int32_t> classes = classes_of(batch.targets.front());
  Array weights({batch.rows()});
  for (size_t i = 0; i < classes.size(); ++i) {
    const auto label = static_cast<size_t>(classes[i]);
    if (label >= class_weights.size()) {
      throw ValueError("class " + std::to_string(label) + " has no class weight");
    }
    weights.data<float>()[i] = static_cast<float>(class_weights[label]);
  }
  batch.weights = {weights};
}

}  // namespace

Trainer::Trainer(ModelPtr model, std::unique_ptr<Optimizer> optimizer, Objective objective,
                 const plan::PlanOptions& options)
    : model_(std::move(model)), optimizer_(std::move(optimizer)), objective_(std::move(objective)) {
  const std::vector<OutputForm> forms = output_forms(*model_);
  const std::vector<Goal>& goals = objective_.goals();
  if (goals.size() != forms.size()) {
    throw ValueError("model '" + model_->name() + "' has " + std::to_string(forms.size()) +
                     " outputs, the objective " + std::to_string(goals.size()) + " goals; give one for each");
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < forms.size(); ++i) {
    names.push_back(forms[i].name);
    const std::string mismatch = goals[i].loss == nullptr ? "" : loss_mismatch(forms[i], *goals[i].loss);
    const std::string output = forms.size() == 1 ? "" : ", output '" + forms[i].name + "'";
    if (!mismatch.empty()) log_warning("model '" + model_->name() + "'" + output + ": " + mismatch);
  }
  objective_.name_outputs(names);
  model_->initialize(options.seed);
  plan_ = plan::compile(model_, options);
}

keras::OptimizerState Trainer::optimizer_state() {
  keras::OptimizerState state{
      .class_name = optimizer_->name(),
      .options = optimizer_->options(),
      .learning_rate = optimizer_->learning_rate(),
      .iterations = optimizer_->iterations(),
      .loss = objective_.goals().size() == 1 ? objective_.goals().front().loss->spec() : ""};
  const auto keys = keys_of(*plan_);
  for (const Weight* weight : keras::trainable_weights(*model_)) {
    auto& averages = state.averages.emplace_back();
    const auto found = keys.find(weight->value.data<float>());
    if (found == keys.end()) continue;
    const std::string prefix = found->second + "/";
    for (auto average = optimizer_->state().lower_bound(prefix); average != optimizer_->state().end();
         ++average) {
      if (!average->first.starts_with(prefix)) break;
      const std::string name = average->first.substr(prefix.size());
      if (name.find('/') == std::string::npos) averages[name] = average->second;
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

double Trainer::train_step(const data::Batch& batch, Tally* tally) {
  const std::vector<Array> predictions = plan_->forward(batch.inputs, plan::Mode::kTraining);
  std::vector<Array> gradients;
  const Objective::Losses losses = objective_.losses(batch, predictions, &gradients);
  double loss = losses.total + plan_->activity_penalty();
  plan_->backward(gradients);
  loss += weight_penalty(*plan_, /*gradients=*/true);
  if (!std::isfinite(loss)) {
    throw NumericError("the loss is not finite; lower the learning rate or check the data");
  }
  if (dampening_ > 0) dampen_oscillations(*model_, *plan_, dampening_);
  optimizer_->apply(weight_steps());
  constrain_weights(*plan_);
  if (plan_->ranges() != nullptr) plan_->ranges()->learn(range_rate_factor_);
  if (tally != nullptr) tally->add(losses, loss, batch, predictions);
  return loss;
}

std::vector<WeightStep> Trainer::weight_steps() {
  std::vector<WeightStep> steps;
  for (plan::Parameter& parameter : plan_->parameters()) {
    steps.push_back({key_of(parameter), parameter.weight->value, parameter.gradient});
  }
  return steps;
}

Trainer::EpochEnd Trainer::run_epoch(data::BatchStream& train, const FitOptions& options,
                                     TrainingState& state, Progress& progress, Tally& tally,
                                     MovingAverages& averages) {
  const auto standing = [&] {
    Progress now = progress;
    now.sums = tally.sums();
    now.averages = averages.state();
    for (const auto& callback : options.callbacks) now.callbacks.push_back(callback->state());
    return now;
  };
  for (state.step = progress.step; state.step < state.steps; ++state.step) {
    data::Batch batch = train.next();
    weigh_classes(batch, options.class_weights);
    for (const auto& callback : options.callbacks) callback->on_batch_begin(state);
    const double done = state.epoch - options.initial_epoch + (state.step + 0.5) / state.steps;
    dampening_ =
        options.dampen_oscillations * dampening_ramp(done / (options.epochs - options.initial_epoch));
    try {
      train_step(batch, &tally);
    } catch (const NumericError& error) {
      for (const auto& callback : options.callbacks) state.stop |= callback->on_not_finite(state);
      if (state.stop) return EpochEnd::kNotFinite;
      throw NumericError("epoch " + std::to_string(state.epoch + 1) + ", step " +
                         std::to_string(state.step + 1) + ": " + error.what());
    }
    progress.step = state.step + 1;
    averages.count_step();
    const Logs logs = tally.logs();
    for (const auto& callback : options.callbacks) callback->on_batch_end(state, logs);
    // Not told of: a run that goes on from the step before this one stops here again.
    if (state.stop) return EpochEnd::kWhole;
    if (options.after_step && !options.after_step(standing)) return EpochEnd::kInterrupted;
  }
  return EpochEnd::kWhole;
}

void Trainer::validate(data::BatchStream& validation, IntegerValidation& integers, const FitOptions& options,
                       const TrainingState& state, bool last, Logs& logs) {
  const Evaluation result = evaluate(validation, options.validation_steps);
  if (state.ranges != nullptr) {
    logs.merge(
        integers.logs(model_, result, validation, objective_, options.validation_steps, state.epoch, last));
  } else {
    for (const auto& [name, value] : result.metrics) logs["val_" + name] = value;
  }
}

void Trainer::measure_ranges(data::BatchStream& data, TrainingState& state, Logs& logs) {
  state.range_figures = range_figures(*plan_->ranges(), saturation(*plan_, *model_, data));
  logs["ranges_converged"] = settled_share(state.range_figures);
  logs["ranges_distance"] = largest_distance(state.range_figures);
  double most = 0.0;
  for (const RangeFigure& range : state.range_figures) most = std::max(most, range.saturation.value_or(0.0));
  logs["ranges_saturation"] = most;
}

namespace {

// What the history holds of each range.
std::map<std::string, double> courses_of(const std::vector<RangeFigure>& figures) {
  std::map<std::string, double> courses;
  for (const RangeFigure& range : figures) {
    courses[range.name + "/distance"] = range.distance;
    if (range.saturation) courses[range.name + "/saturation"] = *range.saturation;
  }
  return courses;
}

// Below it the averages are not what holds validation back.
constexpr double kBehind = 0.2;

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

void Trainer::check(const FitOptions& options) const {
  if (options.initial_epoch < 0 || options.epochs < options.initial_epoch) {
    throw ValueError("epochs is " + std::to_string(options.epochs) + ", it must not be below initial_epoch " +
                     std::to_string(options.initial_epoch));
  }
  if (options.freeze_batch_normalization && options.reestimate_batch_normalization) {
    throw ValueError("BatchNormalization's averages are either frozen or computed anew at the end, not both");
  }
  if (!(options.dampen_oscillations >= 0 && std::isfinite(options.dampen_oscillations))) {
    throw ValueError("dampen_oscillations is " + std::to_string(options.dampen_oscillations) +
                     ", it must not be below 0");
  }
  if (options.dampen_oscillations > 0 && plan_->ranges() == nullptr) {
    throw ValueError("model '" + model_->name() + "' is not quantized, so its weights do not oscillate");
  }
}

History Trainer::fit(data::BatchStream& train, data::BatchStream* validation, const FitOptions& options) {
  check(options);
  Progress progress = started(options);
  MovingAverages averages(*model_);
  if (options.from) averages.restore(progress.averages);
  progress.callbacks.clear();
  progress.averages = {};
  IntegerValidation integers(options.integer_validation, progress.history);
  TrainingState state;
  state.epochs = options.epochs;
  state.steps = options.steps_per_epoch > 0 ? options.steps_per_epoch : train.steps_per_epoch();
  state.ranges = plan_->ranges();
  const int64_t begin = progress.epoch * state.steps + progress.step;
  train.seek(begin / train.steps_per_epoch(), begin % train.steps_per_epoch());
  plan_->set_training_steps(begin);
  state.trainer = this;
  range_rate_factor_ = 1.0;
  state.history = &progress.history;
  if (state.ranges != nullptr) progress.history.qat_start_epoch = options.initial_epoch;
  const auto reestimate = [&] {
    if (!options.reestimate_batch_normalization) return;
    reestimate_batch_normalization(*plan_, train, train.steps_per_epoch());
  };
  bool advised = options.reestimate_batch_normalization || averages.empty();
  for (const auto& callback : options.callbacks) callback->on_train_begin(state);
  Logs logs;
  for (state.epoch = progress.epoch; state.epoch < options.epochs && !state.stop; ++state.epoch) {
    progress.epoch = state.epoch;
    state.step = progress.step;
    plan_->freeze_statistics(options.freeze_batch_normalization &&
                             state.epoch - options.initial_epoch >= *options.freeze_batch_normalization);
    for (const auto& callback : options.callbacks) callback->on_epoch_begin(state);
    if (state.step == 0) averages.begin_epoch();
    Tally tally(objective_);
    if (!progress.sums.empty()) tally.restore(progress.sums);
    const EpochEnd end = run_epoch(train, options, state, progress, tally, averages);
    if (end == EpochEnd::kInterrupted) return progress.history;
    logs = tally.logs();
    logs["learning_rate"] = optimizer_->learning_rate();
    state.averages_figures = averages.figures();
    if (!averages.empty()) {
      logs["batch_norm_distance"] = largest_distance(state.averages_figures);
      logs["batch_norm_converged"] = settled_share(state.averages_figures);
    }
    if (end == EpochEnd::kNotFinite) logs["loss"] = std::numeric_limits<double>::quiet_NaN();
    // A callback may end training at the epoch's end too, too late for this.
    const bool last = state.epoch + 1 == options.epochs || state.stop;
    if (last) {
      optimizer_->finish(weight_steps());
      reestimate();
    }
    if (state.ranges != nullptr) quantize::observe_weights(*model_, *plan_->ranges());
    if (validation != nullptr) validate(*validation, integers, options, state, last, logs);
    if (state.ranges != nullptr) {
      const int64_t next = (state.epoch + 1) * state.steps;
      data::BatchStream& shown = validation == nullptr ? train : *validation;
      shown.seek(0, 0);
      measure_ranges(shown, state, logs);
      if (validation == nullptr) train.seek(next / train.steps_per_epoch(), next % train.steps_per_epoch());
    }
    if (!advised && validation != nullptr && logs["batch_norm_distance"] > kBehind) {
      const std::string advice = advice_on_lagging_averages(*this, *validation);
      if (!advice.empty()) log_warning(advice);
      advised = !advice.empty();
    }
    progress.history.append(logs, courses_of(state.range_figures));
    for (const auto& callback : options.callbacks) callback->on_epoch_end(state, logs);
    if (state.stop && !last) {
      optimizer_->finish(weight_steps());
      reestimate();
    }
    progress.epoch = state.epoch + 1;
    progress.step = 0;
    progress.sums.clear();
  }
  for (const auto& callback : options.callbacks) callback->on_train_end(state, logs);
  if (state.weights_replaced) reestimate();
  plan_->freeze_statistics(false);
  dampening_ = 0.0;
  return progress.history;
}

void Trainer::calibrate(data::BatchStream& data, int64_t batches) {
  train::calibrate(*plan_, data, std::min(batches, data.steps_per_epoch()));
}

Evaluation Trainer::evaluate(data::BatchStream& data, int64_t steps) {
  double activity = 0;
  const auto scoring = [&](const std::vector<Array>& inputs) {
    std::vector<Array> scores = predict(inputs);
    activity += plan_->activity_penalty() * static_cast<double>(inputs.front().shape()[0]);
    return scores;
  };
  Evaluation result = train::evaluate(scoring, data, objective_, steps);
  result.penalty = activity / static_cast<double>(std::max<int64_t>(1, result.count)) +
                   weight_penalty(*plan_, /*gradients=*/false);
  result.loss += result.penalty;
  result.metrics["loss"] = result.loss;
  return result;
}

std::vector<Array> Trainer::predict(const std::vector<Array>& inputs) {
  return plan_->forward(inputs, plan::Mode::kInference);
}

}  // namespace nudge::train
