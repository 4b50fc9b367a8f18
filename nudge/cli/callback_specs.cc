#include "nudge/cli/callback_specs.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/spec.h"
#include "nudge/train/callbacks/csv_logger.h"
#include "nudge/train/callbacks/early_stopping.h"
#include "nudge/train/callbacks/model_checkpoint.h"
#include "nudge/train/callbacks/range_logger.h"
#include "nudge/train/callbacks/reduce_lr_on_plateau.h"
#include "nudge/train/callbacks/tensorboard.h"
#include "nudge/train/callbacks/terminate_on_nan.h"
#include "nudge/train/metric.h"

namespace nudge::cli {
namespace {

using train::Callback;

constexpr const char* kReduces = "reduce_lr_on_plateau";

// Of any output: what training reports ends in its name.
bool may_be_reported(const std::string& monitor) {
  const auto& metrics = train::metric_names();
  return monitor.ends_with("loss") || monitor.starts_with("ranges_") || monitor.starts_with("batch_norm_") ||
         std::any_of(metrics.begin(), metrics.end(),
                     [&](const auto& name) { return monitor.ends_with(name); });
}

std::string monitor_of(Spec& spec, const std::string& standard) {
  const std::string monitor = spec.text("monitor", standard);
  if (!may_be_reported(monitor)) {
    spec.wrong(
        "monitor is loss, accuracy or another metric, with val_ or val_simulated_ before it of the "
        "validation");
  }
  return monitor;
}

std::shared_ptr<Callback> early_stopping(Spec& spec, const SaveModel&) {
  train::EarlyStoppingOptions options;
  options.monitor = monitor_of(spec, options.monitor);
  options.min_delta = spec.number("min_delta", options.min_delta);
  options.patience = spec.integer("patience", options.patience);
  options.mode = spec.text("mode", options.mode);
  options.baseline = spec.number("baseline");
  options.restore_best_weights = spec.boolean("restore_best_weights", options.restore_best_weights);
  options.start_from_epoch = spec.integer("start_from_epoch", options.start_from_epoch);
  options.ranges_settled = spec.boolean("ranges_settled", options.ranges_settled);
  return std::make_shared<train::EarlyStopping>(options);
}

std::shared_ptr<Callback> model_checkpoint(Spec& spec, const SaveModel& save) {
  train::ModelCheckpointOptions options;
  options.filepath = spec.text("filepath", "");
  options.monitor = monitor_of(spec, options.monitor);
  options.save_best_only = spec.boolean("save_best_only", options.save_best_only);
  options.save_weights_only = spec.boolean("save_weights_only", options.save_weights_only);
  options.mode = spec.text("mode", options.mode);
  options.save_freq = spec.integer("save_freq", 0);
  options.initial_value_threshold = spec.number("initial_value_threshold");
  options.save = save;
  return std::make_shared<train::ModelCheckpoint>(options);
}

std::shared_ptr<Callback> reduce_lr_on_plateau(Spec& spec, const SaveModel&) {
  train::ReduceLROnPlateauOptions options;
  options.monitor = monitor_of(spec, options.monitor);
  options.factor = spec.number("factor", options.factor);
  options.patience = spec.integer("patience", options.patience);
  options.mode = spec.text("mode", options.mode);
  options.min_delta = spec.number("min_delta", options.min_delta);
  options.cooldown = spec.integer("cooldown", options.cooldown);
  options.min_lr = spec.number("min_lr", options.min_lr);
  return std::make_shared<train::ReduceLROnPlateau>(options);
}

template <typename Logger>
std::shared_ptr<Callback> logger(Spec& spec, const SaveModel&) {
  train::CSVLoggerOptions options;
  const std::string filename = spec.text("filename", "");
  const std::string separator = spec.text("separator", ",");
  if (separator.size() != 1) spec.wrong("separator is one character");
  options.separator = separator.front();
  options.append = spec.boolean("append", options.append);
  return std::make_shared<Logger>(filename, options);
}

std::shared_ptr<Callback> tensorboard(Spec& spec, const SaveModel&) {
  train::TensorBoardOptions options;
  options.log_dir = spec.text("log_dir", options.log_dir);
  options.histogram_freq = spec.integer("histogram_freq", options.histogram_freq);
  options.write_graph = spec.boolean("write_graph", options.write_graph);
  options.write_steps_per_second = spec.boolean("write_steps_per_second", options.write_steps_per_second);
  options.update_freq = spec.integer("update_freq", 0);
  return std::make_shared<train::TensorBoard>(options);
}

std::shared_ptr<Callback> terminate_on_nan(Spec&, const SaveModel&) {
  return std::make_shared<train::TerminateOnNaN>();
}

struct KnownCallback {
  const char* name;
  std::shared_ptr<Callback> (*make)(Spec& spec, const SaveModel& save);
};

constexpr std::array kCallbacks{KnownCallback{"csv_logger", logger<train::CSVLogger>},
                                KnownCallback{"early_stopping", early_stopping},
                                KnownCallback{"model_checkpoint", model_checkpoint},
                                KnownCallback{"range_logger", logger<train::RangeLogger>},
                                KnownCallback{kReduces, reduce_lr_on_plateau},
                                KnownCallback{"tensorboard", tensorboard},
                                KnownCallback{"terminate_on_nan", terminate_on_nan}};

}  // namespace

std::shared_ptr<Callback> callback_from(const std::string& text, const SaveModel& save) {
  Spec spec("--callbacks", text);
  std::string names;
  for (const KnownCallback& known : kCallbacks) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
    if (spec.name() != known.name) continue;
    try {
      const std::shared_ptr<Callback> callback = known.make(spec, save);
      spec.finish();
      return callback;
    } catch (const ValueError& error) {
      spec.wrong(error.what());
    }
  }
  spec.wrong("unknown callback; known: " + names);
}

void check_callbacks(const std::vector<std::string>& specs, bool scheduled) {
  for (const std::string& text : specs) {
    callback_from(text, nullptr);
    const Spec spec("--callbacks", text);
    if (scheduled && spec.name() == kReduces) {
      spec.wrong("--schedule sets the rate of every step; leave one of both out");
    }
  }
}

std::vector<std::string> callbacks_of_log_dir(const std::string& folder, bool quantized) {
  std::vector<std::string> specs{dump_json({{"name", "csv_logger"}, {"filename", folder + "/history.csv"}}),
                                 dump_json({{"name", "tensorboard"}, {"log_dir", folder}})};
  if (quantized) {
    specs.push_back(dump_json({{"name", "range_logger"}, {"filename", folder + "/ranges.csv"}}));
  }
  return specs;
}

}  // namespace nudge::cli
