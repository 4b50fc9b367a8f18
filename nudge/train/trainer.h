// Keras's compile / fit / evaluate / predict over a compiled plan.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "nudge/data/batch_stream.h"
#include "nudge/graph/model.h"
#include "nudge/keras/optimizer_state.h"
#include "nudge/plan/plan.h"
#include "nudge/train/callback.h"
#include "nudge/train/evaluation.h"
#include "nudge/train/history.h"
#include "nudge/train/integer_validation.h"
#include "nudge/train/moving_averages.h"
#include "nudge/train/objective.h"
#include "nudge/train/optimizer.h"
#include "nudge/train/progress.h"

namespace nudge::train {

struct FitOptions {
  int epochs = 1;  // the epoch to stop before, as in Keras: epochs - initial_epoch are trained
  int initial_epoch = 0;
  int64_t steps_per_epoch = 0;   // 0: one pass over the data
  int64_t validation_steps = 0;  // 0: all of it
  // Of a model with one output that classifies: how often each class's items count in its loss, as Keras's
  // class_weight; empty, once.
  std::vector<double> class_weights;
  // After the last epoch, set BatchNormalization's moving averages to the mean over the training batches.
  // With Keras's momentum 0.999 they are still near their start after a thousand steps, and validation
  // accuracy near chance, however well the model has learned.
  bool reestimate_batch_normalization = false;
  // After so many epochs, counted from initial_epoch, BatchNormalization runs on its moving averages in
  // training, and these stay: then training sees what inference will.  Not together with
  // reestimate_batch_normalization.
  std::optional<int> freeze_batch_normalization;
  // Of QAT: how strongly weights are drawn to the values that they are rounded to, at the end of training;
  // see dampening.h.  1 is much; 0 is none.
  double dampen_oscillations = 0.0;
  // Of QAT: how often "val_loss", "val_accuracy" and so on are measured, which are those of the integers.
  IntegerValidationOptions integer_validation;
  std::vector<std::shared_ptr<Callback>> callbacks;
  // Goes on from there and no matter initial_epoch: with the same model, optimizer state, data, options,
  // callbacks and thread count a run ends as it would have without the break, in every bit.
  std::optional<Progress> from;
  // Called after every step that does not end training; false ends the run there.  What it is given says
  // where the run stands, for `from`, and takes its time.
  std::function<bool(const std::function<Progress()>& progress)> after_step;
};

class Trainer {
 public:
  // Keras's compile(): a loss, of a model with several outputs a goal for each.  The model's missing weights
  // are initialized from plan.seed.  Warns of a loss that does not go with what an output ends in; loss_for()
  // of output_form.h is one that does.  Throws ValueError unless every output has a goal.
  Trainer(ModelPtr model, std::unique_ptr<Optimizer> optimizer, Objective objective,
          const plan::PlanOptions& options = {});

  // The optimizer's averages and step count, for keras::SaveOptions; its arrays are shared, not copied.
  keras::OptimizerState optimizer_state();
  // Goes on from such a state, whose class the optimizer must have and whose weights the model.  Throws
  // ValueError.
  void resume(const keras::OptimizerState& state);

  // The data's order, its augmentation and dropout follow from the seed and the step counted from epoch 0, so
  // that a run that goes on at initial_epoch sees what one that was not interrupted sees.  Throws
  // NumericError naming the step when the loss is not finite.  `validation` may be null.
  History fit(data::BatchStream& train, data::BatchStream* validation, const FitOptions& options);

  // Of a quantized model: shows its ranges so many batches (or an epoch's, if that is less) before QAT.
  void calibrate(data::BatchStream& data, int64_t batches = 8);

  // The plan's own forward: float, or the float simulation of a quantized model.  As in Keras the loss is
  // with the penalties of regularizers, here and in fit().
  Evaluation evaluate(data::BatchStream& data, int64_t steps = 0);
  std::vector<Array> predict(const std::vector<Array>& inputs);
  // Of a model with one input and one output.
  Array predict(const Array& inputs) { return predict(std::vector<Array>{inputs}).front(); }

  // A factor on the rates at which learned ranges move (see quantize/learned_quantizer.h): that of a
  // LearningRateScheduler.
  void set_range_rate_factor(double factor) { range_rate_factor_ = factor; }

  // One forward, backward and update; returns the loss with its penalties, and adds the batch to `tally`.
  double train_step(const data::Batch& batch, Tally* tally = nullptr);

  plan::Plan& plan() { return *plan_; }
  Model& model() { return *model_; }
  const Objective& objective() const { return objective_; }
  Optimizer& optimizer() { return *optimizer_; }

 private:
  enum class EpochEnd { kWhole, kNotFinite, kInterrupted };

  void check(const FitOptions& options) const;
  std::vector<WeightStep> weight_steps();
  EpochEnd run_epoch(data::BatchStream& train, const FitOptions& options, TrainingState& state,
                     Progress& progress, Tally& tally, MovingAverages& averages);
  // What an epoch reports beside training's own metrics.
  void validate(data::BatchStream& validation, IntegerValidation& integers, const FitOptions& options,
                const TrainingState& state, bool last, Logs& logs);
  void measure_ranges(data::BatchStream& data, TrainingState& state, Logs& logs);

  ModelPtr model_;
  std::unique_ptr<Optimizer> optimizer_;
  Objective objective_;
  std::unique_ptr<plan::Plan> plan_;
  double range_rate_factor_ = 1.0;
  double dampening_ = 0.0;  // of this step
};

}  // namespace nudge::train
