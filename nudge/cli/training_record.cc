// A run's options as its checkpoints keep them.
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/training.h"

namespace nudge::cli {

Json to_json(const TrainingOptions& options) {
  return {{"epochs", options.epochs},
          {"initial_epoch", options.initial_epoch},
          {"batch", options.batch},
          {"steps_per_epoch", options.steps_per_epoch},
          {"validation_steps", options.validation_steps},
          {"objective", to_json(options.objective)},
          {"optimizer", options.optimizer},
          {"learning_rate", options.learning_rate ? Json(*options.learning_rate) : Json(nullptr)},
          {"schedule", options.schedule},
          {"callbacks", options.callbacks},
          {"class_weights", options.class_weights},
          {"augment", options.augment},
          {"augment_seed", options.augment_seed ? Json(*options.augment_seed) : Json(nullptr)},
          {"freeze", options.freeze},
          {"ranges", options.ranges.rule},
          {"ranges_learning_rate",
           options.ranges.learning_rate ? Json(*options.ranges.learning_rate) : Json(nullptr)},
          {"teacher", to_json(options.teacher)},
          {"freeze_batch_normalization",
           options.freeze_batch_normalization ? Json(*options.freeze_batch_normalization) : Json(nullptr)},
          {"dampen_oscillations", options.dampen_oscillations},
          {"reestimate_bn", options.reestimate_batch_normalization},
          {"integer_validation", options.integer_validation},
          {"calibration_batches", options.calibration_batches},
          {"bf16", options.precision == plan::Precision::kBfloat16},
          {"strict", options.strict},
          {"every", options.every}};
}

TrainingOptions training_options_from(const Json& json, const std::string& where) {
  try {
    TrainingOptions options;
    options.epochs = json.at("epochs").get<int>();
    options.initial_epoch = json.at("initial_epoch").get<int>();
    options.batch = json.at("batch").get<int64_t>();
    options.steps_per_epoch = json.at("steps_per_epoch").get<int64_t>();
    options.validation_steps = json.at("validation_steps").get<int64_t>();
    options.objective = objective_options_from(json.at("objective"));
    options.optimizer = json.at("optimizer").get<std::string>();
    if (!json.at("learning_rate").is_null()) options.learning_rate = json["learning_rate"].get<double>();
    options.schedule = json.at("schedule").get<std::string>();
    options.callbacks = json.at("callbacks").get<std::vector<std::string>>();
    options.class_weights = json.at("class_weights").get<std::string>();
    options.augment = json.at("augment").get<std::string>();
    if (!json.at("augment_seed").is_null()) options.augment_seed = json["augment_seed"].get<uint64_t>();
    options.freeze = json.at("freeze").get<std::string>();
    // Runs that began before these were there have none.
    options.ranges.rule = json.value("ranges", "");
    if (const Json rate = json.value("ranges_learning_rate", Json()); !rate.is_null()) {
      options.ranges.learning_rate = rate.get<double>();
    }
    options.teacher = teacher_option_from(json.value("teacher", Json()));
    if (const Json epochs = json.value("freeze_batch_normalization", Json()); !epochs.is_null()) {
      options.freeze_batch_normalization = epochs.get<int>();
    }
    options.dampen_oscillations = json.value("dampen_oscillations", 0.0);
    options.reestimate_batch_normalization = json.at("reestimate_bn").get<bool>();
    options.integer_validation = json.at("integer_validation").get<std::string>();
    options.calibration_batches = json.at("calibration_batches").get<int64_t>();
    if (json.at("bf16").get<bool>()) options.precision = plan::Precision::kBfloat16;
    options.strict = json.at("strict").get<bool>();
    options.every = json.at("every").get<std::string>();
    return options;
  } catch (const nlohmann::json::exception&) {
    throw InputError(where + ": the options of its run are not readable");
  }
}

}  // namespace nudge::cli
