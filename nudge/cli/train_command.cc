#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/head_option.h"
#include "nudge/cli/history_picture.h"
#include "nudge/cli/loss_option.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/training.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"

namespace nudge::cli {
namespace {

struct Options {
  std::string model, data, output, head, precision = "f32", device = "cpu", log_dir, preprocess = "auto";
  ArchitectureOptions architecture;
  TrainingOptions training;
};

Json result_json(const LoadedModel& loaded, const Json& files) {
  Json result = loaded.history.to_json();
  quantize::Ranges::Convergence convergence;
  if (quantize::is_quantized(*loaded.model)) convergence = quantize::Ranges(*loaded.model).convergence();
  result["ranges"] = {{"converged", convergence.converged}, {"total", convergence.total}};
  result["files"] = files;
  return result;
}

void run(Options& options, const CommonOptions& common) {
  if (options.device != "cpu")
    throw UnsupportedError("--device " + options.device + ": this build trains on cpu only");
  options.training.precision =
      options.precision == "bf16" ? plan::Precision::kBfloat16 : plan::Precision::kFloat32;
  check_training(options.training);
  if (!options.head.empty()) head_from(options.head, 2);
  check_model_path(options.output);
  const std::string picture = options.log_dir.empty() ? "" : options.log_dir + "/history.png";
  if (!picture.empty()) {
    make_folder(options.log_dir);
    check_writable(picture);
  }
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
  check_classes(options.model, loaded.model->outputs().front().shape(), keras::ModelCard{}, *source);
  train_model(loaded, source, scaling.preprocess, options.training, common);
  write_model(loaded, options.output);
  Json files{{"model", options.output}};
  if (!picture.empty()) {
    draw_history(loaded.history, loaded.model->name(), picture);
    files["history"] = picture;
  }
  print(common, "wrote " + options.output + "\n");
  emit_json(common, result_json(loaded, files));
}

}  // namespace

void add_train(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<Options>();
  TrainingOptions& training = options->training;
  CLI::App& command =
      *app.add_subcommand("train", "Train a model: in float, or quantization-aware when it is quantized");
  command.add_option("--model", options->model, "A .keras file, or an application's name")->required();
  command.add_option("--data", options->data, "The images: see nudge data info")->required();
  add_preprocess_option(command, options->preprocess);
  command.add_option("-o,--output", options->output, "The trained model, a .keras file")->required();
  command.add_option("--epochs", training.epochs, "The epoch to end at (10)")->check(CLI::Range(1, 1000000));
  command.add_option("--initial-epoch", training.initial_epoch, "The epoch to begin at (0)")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--batch", training.batch, "Images a step (32)")->check(CLI::Range(1, 65536));
  command
      .add_option("--steps-per-epoch", training.steps_per_epoch, "Steps an epoch (one pass over the data)")
      ->check(CLI::PositiveNumber);
  command.add_option("--validation-steps", training.validation_steps, "Steps of a validation (all of it)")
      ->check(CLI::PositiveNumber);
  add_loss_option(command, training.loss);
  command
      .add_option("--optimizer", training.optimizer,
                  "sgd, rmsprop or adam (that of the file, which it goes on with; else rmsprop)")
      ->check(CLI::IsMember({"sgd", "rmsprop", "adam"}, CLI::ignore_case));
  command
      .add_option("--learning-rate", training.learning_rate,
                  "The optimizer's rate (that of the file, else its own)")
      ->check(CLI::PositiveNumber);
  command.add_option(
      "--schedule", training.schedule,
      "How the rate moves: constant, cosine:end=0 or step:every=10,factor=0.1; also warmup=EPOCHS");
  command.add_option("--head", options->head,
                     "Replace what is behind the last pooling: dense, or with hidden layers dense:100,relu");
  command.add_option(
      "--freeze", training.freeze,
      "What is not trained: backbone, until:BLOCK, layers whose name matches an expression, or none");
  add_architecture_options(command, options->architecture);
  command.add_option("--augment", training.augment, "Random changes, such as flip,shift=0.1");
  command
      .add_option(
          "--callbacks", training.callbacks,
          "early_stopping:monitor=val_loss,patience=0,min_delta=0,ranges_settled=false; may be repeated")
      ->allow_extra_args(false);
  command.add_flag("--reestimate-bn", training.reestimate_batch_normalization,
                   "Average BatchNormalization's statistics over the data after the last epoch");
  command.add_option(
      "--integer-validation", training.integer_validation,
      "QAT: validate the integers after every epoch, each best one, every N epochs or never (every)");
  command.add_option("--precision", options->precision, "f32 or bf16 (f32)")
      ->check(CLI::IsMember({"f32", "bf16"}));
  command.add_option("--device", options->device, "cpu or cuda (cpu)")->check(CLI::IsMember({"cpu", "cuda"}));
  command.add_option("--log-dir", options->log_dir, "Draw the history there");
  define(command, common, [options, &common] { run(*options, common); });
}

}  // namespace nudge::cli
