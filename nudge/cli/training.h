// A training run as the commands ask for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nudge/cli/command.h"
#include "nudge/cli/model_file.h"
#include "nudge/cli/objective_option.h"
#include "nudge/cli/ranges_option.h"
#include "nudge/cli/teacher_option.h"
#include "nudge/train/trainer.h"

namespace nudge::cli {

struct TrainingOptions {
  int epochs = 10;
  int initial_epoch = 0;
  int64_t batch = 32;
  int64_t steps_per_epoch = 0;
  int64_t validation_steps = 0;
  ObjectiveOptions objective;
  std::string optimizer;                // "": the one that trained the model, else rmsprop
  std::optional<double> learning_rate;  // that one's, else the optimizer's own
  std::string schedule;                 // SPECs: see training_specs.h
  std::vector<std::string> callbacks;
  std::string class_weights;  // see class_weights.h; empty: each counts once
  std::string augment;
  std::optional<uint64_t> augment_seed;  // none: that of the run
  std::string freeze;                    // see freeze.h; empty: what the model says
  RangesOption ranges;                   // of a quantized model
  TeacherOption teacher;
  std::optional<int> freeze_batch_normalization;  // after so many epochs of the run
  double dampen_oscillations = 0.0;               // of a quantized model
  bool reestimate_batch_normalization = false;
  std::string integer_validation = "every";  // SPEC: see training_specs.h
  // Of a quantized model whose ranges have seen nothing yet, unless its scheme gives them a start of their
  // own.
  int64_t calibration_batches = 8;
  plan::Precision precision = plan::Precision::kFloat32;
  bool strict = false;              // a damaged file is an error
  std::string checkpoint;           // the folder of checkpoints; empty: none are written
  std::string every = "10minutes";  // from one to the next: see checkpoints.h
};

struct TrainingEnd {
  int signal = 0;                    // that ended it early; 0: none
  std::vector<std::string> damaged;  // the files that were left out, a line each
};

Json to_json(const TrainingOptions& options);
// Throws InputError naming `where`.
TrainingOptions training_options_from(const Json& json, const std::string& where);

// Throws ValueError, or wrong usage, for what can be told before any data or model is read.
void check_training(const TrainingOptions& options);

// Trains the model, which fits the source's classes, in place and appends to its history; `preprocess` is for
// the source's pixels.  With `from` a run goes on; `run` is what its checkpoints keep of the command.
TrainingEnd train_model(LoadedModel& loaded, std::shared_ptr<const data::Source> source,
                        const data::Preprocess& preprocess, const TrainingOptions& options,
                        const CommonOptions& common,
                        const std::optional<train::Progress>& from = std::nullopt, const Json* run = nullptr);

}  // namespace nudge::cli
