#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/calibration_data.h"
#include "nudge/cli/command.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/flag_value.h"
#include "nudge/cli/model_file.h"
#include "nudge/cli/number_check.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/quantize_config_file.h"
#include "nudge/cli/ranges_option.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/input_grid.h"

namespace nudge::cli {
namespace {

struct QuantizeCommandOptions {
  CalibrationData calibrate;
  std::string model, output, layers, keep_float, config, preprocess = "auto";
  std::optional<std::string> scheme;
  std::optional<double> ema_decay;
  std::vector<float> range_init;
  RangesOption ranges;
};

// What a flag says goes before what the file says.
quantize::Scheme scheme_of(const QuantizeCommandOptions& options, const QuantizeConfigFile& file) {
  const std::optional<std::string> name = options.scheme ? options.scheme : file.scheme;
  quantize::Scheme scheme = name ? quantize::scheme_from_name(*name) : quantize::nudge_scheme();
  scheme.ema_decay = options.ema_decay.value_or(file.ema_decay.value_or(scheme.ema_decay));
  auto start = file.range_init;
  if (!options.range_init.empty()) start = {options.range_init[0], options.range_init[1]};
  if (start) {
    if (!std::isfinite(start->first) || !std::isfinite(start->second) || start->first > start->second)
      throw ValueError((options.range_init.empty() ? options.config + ": range_init" : "--range-init") +
                       ": a range starts with two finite numbers, its minimum, then its maximum");
    scheme.init_min = start->first;
    scheme.init_max = start->second;
    scheme.debias = false;  // a debiased average has no start
  }
  return scheme;
}

ModelPtr annotated(const Model& model, const QuantizeCommandOptions& options,
                   const QuantizeConfigFile& file) {
  if (!options.config.empty()) return annotate(model, file, options.config);
  if (!options.layers.empty()) check_layers("--layers", options.layers, model);
  if (!options.keep_float.empty()) check_layers("--keep-float", options.keep_float, model);
  return quantize::quantize_annotate_model(model, options.layers.empty() ? ".*" : options.layers,
                                           options.keep_float);
}

void run(const QuantizeCommandOptions& options, const CommonOptions& common) {
  check(options.ranges);
  check_model_path(options.output, /*quantized=*/true);
  const QuantizeConfigFile file =
      options.config.empty() ? QuantizeConfigFile{} : read_quantize_config(options.config);
  const auto scheme = scheme_of(options, file);
  LoadedModel loaded = open_model(options.model);
  loaded.model->initialize(common.seed);
  if (quantize::is_quantized(*loaded.model)) throw ValueError(options.model + ": is quantized already");
  const auto source = options.calibrate.source.empty() ? nullptr : open_data(options.calibrate.source);
  const std::optional<train::PixelScaling> scaling =
      source == nullptr ? note_preprocess(options.preprocess, options.model, loaded)
                        : decide_preprocess(options.preprocess, options.model, loaded, source.get());
  loaded.model = quantize::quantize_apply(*annotated(*loaded.model, options, file), scheme);
  apply(options.ranges, *loaded.model);
  loaded.optimizer = nullptr;  // what it averaged were the float model's gradients
  // TFMOT's variables are those that it makes.
  const bool own_grid = scheme.name != quantize::tfmot_scheme().name;
  if (scaling && scaling->pixels && own_grid) {
    loaded.model = train::on_pixel_grid(loaded.model, scaling->preprocess);
  }
  loaded.model->initialize(common.seed);
  if (source != nullptr) {
    const auto loader =
        calibration_loader(options.model, *loaded.model, scaling->preprocess, source, options.calibrate);
    train::calibrate_model(loaded.model, *loader, loader->steps_per_epoch(), common.seed);
  }
  write_model(loaded, options.output);
  print(common, "wrote " + options.output + "\n");
  emit_json(common, {{"files", {{"model", options.output}}}});
}

}  // namespace

void add_quantize(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<QuantizeCommandOptions>();
  CLI::App& command =
      *app.add_subcommand("quantize", "Put quantizers into a model, for training or calibration");
  command.add_option("model", options->model, "A .keras file, or an application's name")->required();
  command.add_option("-o,--output", options->output, "The quantized model, a .keras file")->required();
  command.add_option("--scheme", options->scheme, "nudge or tfmot (nudge)")->check(CLI::IsMember(kSchemes));
  CLI::Option* layers = command.add_option("--layers", options->layers,
                                           "Quantize only the layers whose name matches this expression");
  CLI::Option* keep_float = command.add_option("--keep-float", options->keep_float,
                                               "Quantize no layer whose name matches this expression");
  command
      .add_option("--config", options->config, "A JSON file that says which layers are quantized, and how")
      ->excludes(layers)
      ->excludes(keep_float);
  add_calibration_data(command, "--calibrate", "Data that the ranges start from", options->calibrate);
  add_preprocess_option(command, options->preprocess);
  command
      .add_option("--ema-decay", options->ema_decay, "Decay of the activation ranges' moving average (0.999)")
      ->check(number_within(0, 1));
  command.add_option("--range-init", options->range_init, "Where activation ranges start, as A,B")
      ->delimiter(',')
      ->expected(2);
  add_ranges_option(command, options->ranges, "ema");
  define(command, common, [options, &common] { run(*options, common); });
}

}  // namespace nudge::cli
