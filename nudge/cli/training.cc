#include "nudge/cli/training.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/cli/callback_specs.h"
#include "nudge/cli/checkpoints.h"
#include "nudge/cli/class_weights.h"
#include "nudge/cli/flag_value.h"
#include "nudge/cli/progress.h"
#include "nudge/cli/signals.h"
#include "nudge/cli/training_specs.h"
#include "nudge/data/augment.h"
#include "nudge/quantize/quantizers.h"
#include "nudge/quantize/ranges.h"
#include "nudge/train/freeze.h"
#include "nudge/train/output_form.h"

namespace nudge::cli {
namespace {

void freeze_layers(Model& model, const TrainingOptions& options, const CommonOptions& common) {
  try {
    if (!options.freeze.empty()) train::freeze(model, options.freeze);
  } catch (const ValueError& error) {
    throw ValueError("--freeze: " + std::string(error.what()));
  }
  const train::FrozenLayers count = train::count_frozen(model);
  if (count.frozen == count.all) {
    throw ValueError(
        fmt::format("all {} layers of model '{}' are frozen, so nothing is trained; "
                    "--freeze none frees them",
                    count.all, model.name()));
  }
  if (count.frozen > 0) print(common, fmt::format("frozen: {} of {} layers\n", count.frozen, count.all));
}

data::LoaderOptions loader_options(const train::Feed& feed, const LoadedModel& loaded,
                                   const data::Preprocess& preprocess, const TrainingOptions& options,
                                   const CommonOptions& common) {
  data::LoaderOptions loading;
  train::apply_feed(feed, train::inputs_of(*loaded.model), loading);
  loading.batch = options.batch;
  loading.seed = common.seed;
  loading.preprocess = preprocess;
  return loading;
}

// A debiased average has no start; one that is not (TFMOT's -6 to 6) starts where it was told to.
bool wants_calibration(const quantize::Ranges& ranges) {
  bool debiased = false;
  for (const auto& range : ranges.all()) {
    if (range->progress().updates > 0) return false;
    const auto* average = dynamic_cast<const quantize::MovingAverageQuantizer*>(&range->quantizer());
    debiased = debiased || (average != nullptr && average->debias());
  }
  return debiased;
}

// The state to go on from: that of the optimizer asked for, which trained the same weights; else null.
const keras::OptimizerState* resumed(const LoadedModel& loaded, const TrainingOptions& options,
                                     const CommonOptions& common) {
  const keras::OptimizerState* state = loaded.optimizer.get();
  if (state == nullptr) return nullptr;
  std::string reason = state->unread;
  if (reason.empty() && !options.optimizer.empty() &&
      optimizer_from(options.optimizer)->name() != state->class_name) {
    reason = state->class_name + " trained the model before";
  }
  if (reason.empty() && keras::trainable_weights(*loaded.model).size() != state->averages.size()) {
    reason = "other layers were trained before";
  }
  if (!reason.empty()) {
    print(common, "a new optimizer: " + reason + "\n");
    return nullptr;
  }
  print(common, fmt::format("goes on with {} after {} steps\n", state->class_name, state->iterations));
  return state;
}

std::unique_ptr<train::Optimizer> optimizer_of(const TrainingOptions& options,
                                               const keras::OptimizerState* state) {
  const std::string standard = state == nullptr ? "rmsprop" : state->class_name;
  auto optimizer = optimizer_from(options.optimizer.empty() ? standard : options.optimizer,
                                  state == nullptr ? std::map<std::string, double>{} : state->options);
  if (state != nullptr) optimizer->set_learning_rate(state->learning_rate);
  if (options.learning_rate) optimizer->set_learning_rate(*options.learning_rate);
  return optimizer;
}

train::FitOptions fit_options(train::Optimizer& optimizer, const TrainingOptions& options,
                              const CommonOptions& common, const SaveModel& save) {
  train::FitOptions fit{.epochs = options.epochs,
                        .initial_epoch = options.initial_epoch,
                        .steps_per_epoch = options.steps_per_epoch,
                        .validation_steps = options.validation_steps,
                        .reestimate_batch_normalization = options.reestimate_batch_normalization,
                        .freeze_batch_normalization = options.freeze_batch_normalization,
                        .dampen_oscillations = options.dampen_oscillations,
                        .integer_validation = integer_validation_from(options.integer_validation)};
  if (!options.schedule.empty()) {
    fit.callbacks.push_back(
        std::make_shared<train::LearningRateScheduler>(optimizer, schedule_from(options.schedule)));
  }
  for (const std::string& callback : options.callbacks) {
    fit.callbacks.push_back(callback_from(callback, save));
  }
  // Silent where nothing may be printed: a run that goes on has as many callbacks as it began with.
  fit.callbacks.push_back(std::make_shared<ProgressBar>(talks(common) ? stdout : nullptr));
  return fit;
}

// The last step's loss was that of the weights before it.
void check_finite(const Model& model) {
  for (const LayerPtr& layer : model.layers()) {
    for (const Weight* weight : layer->weights()) {
      const auto values = weight->value.span<float>();
      if (std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
        continue;
      throw NumericError("layer '" + layer->name() + "': weight '" + weight->name +
                         "' is not finite after training; lower the learning rate or check the data");
    }
  }
}

}  // namespace

void check_training(const TrainingOptions& options) {
  if (options.epochs <= options.initial_epoch) {
    throw CLI::ValidationError("--epochs",
                               "must be above --initial-epoch " + std::to_string(options.initial_epoch));
  }
  if (!options.schedule.empty()) schedule_from(options.schedule);
  if (!options.optimizer.empty()) optimizer_from(options.optimizer);
  check(options.ranges);
  check(options.teacher);
  if (options.freeze_batch_normalization && options.reestimate_batch_normalization) {
    throw CLI::ValidationError(
        "--freeze-batch-normalization",
        "keeps the averages that --reestimate-bn would replace; leave one of both out");
  }
  check_callbacks(options.callbacks, !options.schedule.empty());
  integer_validation_from(options.integer_validation);
  value_of_flag("--augment", [&] { return data::Augmentation(options.augment); });
}

TrainingEnd train_model(LoadedModel& loaded, std::shared_ptr<const data::Source> source,
                        const data::Preprocess& preprocess, const TrainingOptions& options,
                        const CommonOptions& common, const std::optional<train::Progress>& from,
                        const Json* run) {
  check_memory(*loaded.model, options.batch);
  if (!source->class_names().empty()) loaded.card.classes = source->class_names();
  freeze_layers(*loaded.model, options, common);
  apply(options.ranges, *loaded.model);

  const std::string& name = loaded.model->name();
  const train::Feed feed =
      told_feed(name, train::inputs_of(*loaded.model), train::outputs_of(*loaded.model), *source);
  ChosenObjective chosen =
      chosen_objective(name, options.objective, train::output_forms(*loaded.model), feed, source->spec());
  for (const std::string& line : chosen.said) print(common, line + "\n");
  apply(options.teacher, loaded, *source, chosen.objective);
  data::LoaderOptions loading = loader_options(feed, loaded, preprocess, options, common);
  loading.augment = options.augment;
  loading.augment_seed = options.augment_seed;
  loading.skip_damaged = !options.strict;
  data::Loader train(source, loading);
  loading.augment.clear();
  loading.shuffle = false;
  loading.split = data::Split::kValidation;
  std::unique_ptr<data::Loader> validation;
  if (!source->items(loading.split).empty()) validation = std::make_unique<data::Loader>(source, loading);

  const keras::OptimizerState* state = resumed(loaded, options, common);
  train::Trainer trainer(loaded.model, optimizer_of(options, state), std::move(chosen.objective),
                         {.precision = options.precision, .seed = common.seed});
  if (state != nullptr) trainer.resume(*state);
  const quantize::Ranges* ranges = trainer.plan().ranges();
  if (ranges != nullptr && wants_calibration(*ranges) && options.calibration_batches > 0) {
    trainer.calibrate(train, options.calibration_batches);
  }
  const double rate = trainer.optimizer().learning_rate();
  const auto optimizer_state = [&] {
    keras::OptimizerState trained = trainer.optimizer_state();
    if (!options.schedule.empty()) trained.learning_rate = rate;  // its factor is not the optimizer's
    return std::make_shared<keras::OptimizerState>(std::move(trained));
  };
  std::optional<Checkpoints> checkpoints;
  if (!options.checkpoint.empty() && run != nullptr) checkpoints.emplace(options.checkpoint, options.every);
  const auto trained = [&](const train::History& history) {
    LoadedModel model = loaded;
    keras::TrainingRecord& record = model.card.trained;
    record.epochs += history.epochs();
    if (ranges != nullptr) record.qat_epochs += history.epochs();
    record.loss = chosen.losses;
    record.optimizer = trainer.optimizer().name();
    model.history.extend(history);
    model.optimizer = optimizer_state();
    return model;
  };
  const SignalWatch signals;
  train::FitOptions fit = fit_options(trainer.optimizer(), options, common,
                                      [&](const std::string& path, const train::TrainingState& at) {
                                        write_model(trained(*at.history), path);
                                      });
  fit.from = from;
  fit.class_weights = class_weights_from(options.class_weights, *source);
  fit.after_step = [&](const std::function<train::Progress()>& progress) {
    const bool go_on = signals.caught() == 0;
    if (checkpoints && (checkpoints->due() || !go_on)) {
      LoadedModel now = loaded;
      now.optimizer = optimizer_state();
      checkpoints->write(now, progress(), *run);
    }
    return go_on;
  };
  const train::History history = trainer.fit(train, validation.get(), fit);
  check_finite(*loaded.model);
  loaded = trained(history);
  TrainingEnd end{signals.caught(), source->damaged()};
  for (const data::Loader* loader : {&train, validation.get()}) {
    if (loader == nullptr) continue;
    const std::vector<std::string> more = loader->damaged();
    end.damaged.insert(end.damaged.end(), more.begin(), more.end());
  }
  if (!end.damaged.empty()) {
    print(common, fmt::format("left out, as they cannot be read ({}):\n  {}\n", end.damaged.size(),
                              fmt::join(end.damaged, "\n  ")));
  }
  return end;
}

}  // namespace nudge::cli
