#include "nudge/train/callbacks/model_checkpoint.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json_member.h"
#include "nudge/base/log.h"
#include "nudge/keras/save.h"
#include "nudge/keras/weight_file.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/callbacks/state_member.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

// More digits than a name can use: 999 of them fit no file system.
constexpr size_t kWidthDigits = 3;

bool has_long_number(const std::string& text) {
  size_t digits = 0;
  for (const char letter : text) {
    digits = letter >= '0' && letter <= '9' ? digits + 1 : 0;
    if (digits > kWidthDigits) return true;
  }
  return false;
}

// What braces hold.
bool has_wide_field(const std::string& path) {
  for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1)) {
    if (has_long_number(path.substr(open, path.find('}', open) - open))) return true;
  }
  return false;
}

void make_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (!folder.empty()) make_folder(folder);
}

void save_with_optimizer(const std::string& path, const TrainingState& state) {
  keras::save_model(state.trainer->model(), path,
                    {.optimizer = path.ends_with(".h5") ? nullptr
                                                        : std::make_shared<const keras::OptimizerState>(
                                                              state.trainer->optimizer_state())});
}

void save_weights_with_optimizer(const std::string& path, const TrainingState& state) {
  const keras::OptimizerState optimizer = state.trainer->optimizer_state();
  keras::save_weights(state.trainer->model(), path, &optimizer);
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(ModelCheckpointOptions options)
    : options_(std::move(options)),
      monitor_("the model checkpoint", options_.monitor, options_.mode, 0.0),
      best_(options_.initial_value_threshold) {
  const std::string& path = options_.filepath;
  if (options_.save_weights_only && !path.ends_with(".weights.h5")) {
    throw ValueError("filepath '" + path + "': save_weights_only writes .weights.h5; end the name so");
  }
  if (!path.ends_with(".keras") && !path.ends_with(".h5")) {
    throw ValueError("filepath '" + path + "': models are written as .keras or .h5; end the name so");
  }
  if (has_wide_field(path)) throw ValueError("filepath '" + path + "': a field is too wide");
  if (options_.save_freq < 0) throw ValueError("save_freq is a number of steps, or 0 for every epoch");
  if (options_.save_weights_only) {
    options_.save = save_weights_with_optimizer;
  } else if (!options_.save) {
    options_.save = save_with_optimizer;
  }
}

void ModelCheckpoint::on_train_begin(TrainingState& state) {
  if (options_.filepath.ends_with(".h5") && quantize::is_quantized(state.trainer->model())) {
    throw ValueError("filepath '" + options_.filepath + "': .h5 holds float models only; " +
                     (options_.save_weights_only ? "leave out save_weights_only and " : "") +
                     "end the name in .keras");
  }
  // A folder that cannot be made is better known now.
  if (std::filesystem::path(options_.filepath).parent_path().string().find('{') == std::string::npos) {
    make_folder_of(options_.filepath);
  }
}

void ModelCheckpoint::on_batch_end(TrainingState& state, const Logs& logs) {
  if (options_.save_freq == 0 || ++steps_ < options_.save_freq) return;
  steps_ = 0;
  consider(state, logs);
}

void ModelCheckpoint::on_epoch_end(TrainingState& state, const Logs& logs) {
  if (options_.save_freq == 0) consider(state, logs);
}

std::string ModelCheckpoint::path(const TrainingState& state, const Logs& logs) const {
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  values.push_back(fmt::arg("epoch", state.epoch + 1));
  values.push_back(fmt::arg("batch", state.step + 1));
  for (const auto& [name, value] : logs) values.push_back(fmt::arg(name.c_str(), value));
  try {
    return fmt::vformat(options_.filepath, values);
  } catch (const fmt::format_error& error) {
    throw ValueError("filepath '" + options_.filepath + "': " + error.what() +
                     "; it may hold {epoch}, {batch} and the names of the history");
  }
}

void ModelCheckpoint::consider(TrainingState& state, const Logs& logs) {
  std::optional<double> value;
  if (options_.save_best_only) {
    value = monitor_.value(logs);
    if (!value || !monitor_.improves(*value, best_)) return;
  }
  const std::string file = path(state, logs);
  try {
    make_folder_of(file);
    options_.save(file, state);
  } catch (const OutputError& error) {
    log_warning(std::string("the model was not kept: ") + error.what());
    return;
  }
  if (value) best_ = value;
}

CallbackState ModelCheckpoint::state() const {
  return {.text = dump_json({{"best", optional_json(best_)}, {"steps", steps_}})};
}

void ModelCheckpoint::restore(const CallbackState& state) {
  const std::string where = "the model checkpoint's state";
  const Json json = parse_json(state.text, where);
  best_ = optional_member(json, "best", where + ": ");
  steps_ = integer_member(json, "steps", where + ": ", 0);
}

}  // namespace nudge::train
