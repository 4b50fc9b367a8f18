#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json_member.h"
#include "nudge/base/threads.h"
#include "nudge/cli/callback_specs.h"
#include "nudge/cli/checkpoints.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/head_option.h"
#include "nudge/cli/history_picture.h"
#include "nudge/cli/number_check.h"
#include "nudge/cli/objective_option.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/training.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"

namespace nudge::cli {
namespace {

struct TrainCommandOptions {
  std::string model, data, output, head, precision = "f32", device = "cpu", log_dir, preprocess = "auto",
                                         resume;
  ArchitectureOptions architecture;
  TrainingOptions training;
};

Json result_json(const LoadedModel& loaded, const TrainingEnd& end, const Json& files) {
  Json result = loaded.history.to_json();
  quantize::Ranges::Convergence convergence;
  if (quantize::is_quantized(*loaded.model)) convergence = quantize::Ranges(*loaded.model).convergence();
  result["ranges"] = {{"converged", convergence.converged}, {"total", convergence.total}};
  result["files"] = files;
  result["damaged"] = end.damaged;
  return result;
}

std::string picture_of(const TrainCommandOptions& options) {
  return options.log_dir.empty() ? "" : options.log_dir + "/history.png";
}

void check_output_paths(const TrainCommandOptions& options) {
  check_model_path(options.output);
  if (options.log_dir.empty()) return;
  make_folder(options.log_dir);
  check_writable(picture_of(options));
}

// What a checkpoint keeps of the command.
Json run_of(const TrainCommandOptions& options, const data::Source& source, const CommonOptions& common) {
  return {{"data", options.data},
          {"items", source.items(data::Split::kTrain).size()},
          {"output", options.output},
          {"log_dir", options.log_dir},
          {"preprocess", options.preprocess},
          {"seed", common.seed},
          {"threads", thread_count()},
          {"training", to_json(options.training)}};
}

std::string interrupted_path(const std::string& output) {
  const size_t dot = output.rfind('.');
  return output.substr(0, dot) + ".interrupted" + output.substr(dot);
}

// Ends a run that a signal has ended, with what it made kept.
[[noreturn]] void end_early(int signal, const LoadedModel& loaded, const TrainCommandOptions& options) {
  if (!options.training.checkpoint.empty()) {
    throw Interrupted(signal, "ended by a signal; nudge train --resume " + options.training.checkpoint +
                                  " goes on from the step it had reached");
  }
  const std::string path = interrupted_path(options.output);
  write_model(loaded, path);
  throw Interrupted(signal, "ended by a signal; the model so far is in " + path);
}

void finish(LoadedModel& loaded, const TrainingEnd& end, const TrainCommandOptions& options,
            const CommonOptions& common) {
  write_model(loaded, options.output);
  Json files{{"model", options.output}};
  if (const std::string picture = picture_of(options); !picture.empty()) {
    draw_history(loaded.history, loaded.model->name(), picture);
    files["history"] = picture;
    files["table"] = options.log_dir + "/history.csv";
    files["events"] = options.log_dir;
    if (quantize::is_quantized(*loaded.model)) files["ranges"] = options.log_dir + "/ranges.csv";
  }
  print(common, "wrote " + options.output + "\n");
  emit_json(common, result_json(loaded, end, files));
}

void begin(TrainCommandOptions& options, const CommonOptions& common) {
  options.training.precision =
      options.precision == "bf16" ? plan::Precision::kBfloat16 : plan::Precision::kFloat32;
  check_output_paths(options);
  if (!options.training.checkpoint.empty()) check_no_checkpoints(options.training.checkpoint);
  const auto source = open_data(options.data);
  options.architecture.default_classes = source->class_count();
  LoadedModel loaded = open_model(options.model, options.architecture);
  check_model_path(options.output, quantize::is_quantized(*loaded.model));
  // What the model was made for decides how its pixels are scaled, before its head is replaced.
  const auto scaling = decide_preprocess(options.preprocess, options.model, loaded, source.get());
  if (!options.head.empty()) {
    const auto head = train::replace_head(*loaded.model, head_from(options.head, source->class_count()));
    print(common, describe(head) + "\n");
    loaded.model = head.model;
  }
  const auto outputs = train::outputs_of(*loaded.model);
  if (train::feed_for(options.model, train::inputs_of(*loaded.model), outputs, *source).classes) {
    check_classes(options.model, outputs.front().shape, keras::ModelCard{}, *source);
  }
  if (!options.log_dir.empty()) {
    const auto more = callbacks_of_log_dir(options.log_dir, quantize::is_quantized(*loaded.model));
    options.training.callbacks.insert(options.training.callbacks.end(), more.begin(), more.end());
  }
  const Json run = run_of(options, *source, common);
  const TrainingEnd end =
      train_model(loaded, source, scaling.preprocess, options.training, common, std::nullopt, &run);
  if (end.signal != 0) end_early(end.signal, loaded, options);
  finish(loaded, end, options, common);
}

// All but the folder comes from the checkpoint.
void resume(const std::string& folder, CommonOptions& common) {
  Checkpoint found = last_checkpoint(folder);
  const std::string who = found.path + ": ";
  TrainCommandOptions options;
  options.data = text_member(*found.run, "data", who);
  options.output = text_member(*found.run, "output", who);
  options.log_dir = text_member(*found.run, "log_dir", who);
  options.preprocess = text_member(*found.run, "preprocess", who);
  options.training = training_options_from(object_member(*found.run, "training", who), found.path);
  options.training.checkpoint = folder;
  common.seed = static_cast<uint64_t>(integer_member(*found.run, "seed", who, 0));
  const int64_t threads = integer_member(*found.run, "threads", who, 0);
  if (threads != thread_count()) {
    throw ValueError(
        fmt::format("the run began with {} threads, this one has {}: --threads {} goes on to the same bits",
                    threads, thread_count(), threads));
  }
  check_output_paths(options);
  const auto source = open_data(options.data);
  const auto items = static_cast<int64_t>(source->items(data::Split::kTrain).size());
  if (const int64_t were = integer_member(*found.run, "items", who, 0); were != items) {
    throw ValueError(
        fmt::format("{} has {} items to train on, when the run began it had {}", options.data, items, were));
  }
  const auto scaling = decide_preprocess(options.preprocess, found.path, found.model, source.get());
  print(common, fmt::format("goes on in epoch {} after step {}, from {}\n", found.progress.epoch + 1,
                            found.progress.step, found.path));
  const TrainingEnd end = train_model(found.model, source, scaling.preprocess, options.training, common,
                                      found.progress, found.run.get());
  if (end.signal != 0) end_early(end.signal, found.model, options);
  finish(found.model, end, options, common);
}

// Throws wrong usage where --resume stands beside what it takes from the checkpoint.
void check_alone(const CLI::App& command) {
  const std::vector<std::string> allowed{"--resume", "--json", "--quiet", "--threads"};
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || std::ranges::find(allowed, name) != allowed.end()) continue;
    throw CLI::ValidationError("--resume", "goes on as the run began; leave out " + name);
  }
}

}  // namespace

void add_train(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<TrainCommandOptions>();
  TrainingOptions& training = options->training;
  CLI::App& command =
      *app.add_subcommand("train", "Train a model: in float, or quantization-aware when it is quantized");
  command.add_option("--model", options->model, "A .keras file, or an application's name");
  command.add_option("--data", options->data, "The images or arrays: see nudge data info");
  add_preprocess_option(command, options->preprocess);
  command.add_option("-o,--output", options->output, "The trained model, a .keras file");
  command.add_option("--epochs", training.epochs, "The epoch to end at (10)")->check(CLI::Range(1, 1000000));
  command.add_option("--initial-epoch", training.initial_epoch, "The epoch to begin at (0)")
      ->check(CLI::Range(0, 1000000));
  command.add_option("--batch", training.batch, "Images a step (32)")->check(CLI::Range(1, 65536));
  command
      .add_option("--steps-per-epoch", training.steps_per_epoch, "Steps an epoch (one pass over the data)")
      ->check(whole_number(1));
  command.add_option("--validation-steps", training.validation_steps, "Steps of a validation (all of it)")
      ->check(whole_number(1));
  add_objective_options(command, training.objective, /*training=*/true);
  command.add_option("--optimizer", training.optimizer,
                     fmt::format("{}, each with Keras's options such as adamw:weight_decay=0.01 (that of the "
                                 "file, which it goes on with; else rmsprop)",
                                 fmt::join(train::optimizer_names(), ", ")));
  command
      .add_option("--learning-rate", training.learning_rate,
                  "The optimizer's rate (that of the file, else its own)")
      ->check(positive_number());
  command.add_option(
      "--schedule", training.schedule,
      "How the rate moves: constant, cosine, cosine_restarts, step, exponential, polynomial, piecewise or "
      "one_cycle, such as step:every=10,factor=0.1; also warmup=EPOCHS");
  command.add_option("--class-weights", training.class_weights,
                     "How often each class counts in the loss: balanced, or numbers in the classes' order");
  command.add_option("--head", options->head,
                     "Replace what is behind the last pooling: dense, or with hidden layers dense:100,relu");
  command.add_option(
      "--freeze", training.freeze,
      "What is not trained: backbone, until:BLOCK, layers whose name matches an expression, or none");
  add_architecture_options(command, options->architecture);
  command.add_option(
      "--augment", training.augment,
      "Random changes: flip, shift, zoom, crop, rotate, brightness, contrast, saturation, hue, "
      "cutout or randaugment, each perhaps with an amount, such as flip,shift=0.1");
  command.add_option("--augment-seed", training.augment_seed, "Seed of these (that of --seed)")
      ->check(seed_number());
  command
      .add_option("--callbacks", training.callbacks,
                  "early_stopping, model_checkpoint, reduce_lr_on_plateau, csv_logger, range_logger, "
                  "tensorboard or terminate_on_nan, "
                  "with Keras's "
                  "options such as early_stopping:monitor=val_loss,patience=3; may be repeated")
      ->allow_extra_args(false);
  add_ranges_option(command, training.ranges, "those of the file");
  add_teacher_option(command, training.teacher);
  command
      .add_option("--freeze-batch-normalization", training.freeze_batch_normalization,
                  "After so many epochs normalize by the moving averages, which then stay (never)")
      ->check(CLI::Range(0, 1000000));
  command
      .add_option("--dampen-oscillations", training.dampen_oscillations,
                  "QAT: how hard weights are drawn to the middle of their codes, at the end of training (0)")
      ->check(number_within(0, 1e6));
  command.add_flag("--reestimate-bn", training.reestimate_batch_normalization,
                   "Average BatchNormalization's statistics over the data after the last epoch");
  command.add_option(
      "--integer-validation", training.integer_validation,
      "QAT: validate the integers after every epoch, each best one, every N epochs or never (every)");
  command.add_option("--precision", options->precision, "f32 or bf16 (f32)")
      ->check(CLI::IsMember({"f32", "bf16"}));
  command.add_option("--device", options->device, "cpu or cuda (cpu)")->check(CLI::IsMember({"cpu", "cuda"}));
  command.add_option("--log-dir", options->log_dir,
                     "Keep the course of training there: a picture, tables and TensorBoard's events");
  command.add_flag("--strict", training.strict, "A damaged file is an error; else it is left out and named");
  command.add_option("--checkpoint", training.checkpoint, "Write checkpoints of the run there");
  command.add_option("--every", training.every,
                     "From one checkpoint to the next: steps, or such as 5minutes (10minutes)");
  command.add_option("--resume", options->resume, "Go on from the last checkpoint there");
  const auto check = [options, &command] {
    if (!options->resume.empty()) return check_alone(command);
    const std::pair<const char*, const std::string&> needed[]{
        {"--model", options->model}, {"--data", options->data}, {"--output", options->output}};
    for (const auto& [flag, value] : needed) {
      if (value.empty()) throw CLI::RequiredError(flag);
    }
    if (options->device != "cpu") {
      throw UnsupportedError("--device " + options->device + ": this build trains on cpu only");
    }
    check_training(options->training);
    if (!options->head.empty()) head_from(options->head, 2);
  };
  const auto run = [options, &common] {
    if (!options->resume.empty()) return resume(options->resume, common);
    begin(*options, common);
  };
  define(command, common, run, check);
}

}  // namespace nudge::cli
