#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/log.h"
#include "nudge/cli/command.h"
#include "nudge/cli/model_file.h"
#include "nudge/cli/post_training_option.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/cli/public_card.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/file_card.h"
#include "nudge/deploy/golden_metadata.h"
#include "nudge/tflite/writer.h"

namespace nudge::cli {
namespace {

struct ConvertCommandOptions {
  PostTrainingOption post_training;
  int64_t golden = 0;
  std::string model, output, input_type, output_type;
  std::string target = "any", scales = "portable", weights = "float32", preprocess = "auto";
};

constexpr size_t kShownLines = 5;

// Says the lines of a list that may be long.
void say_first(const std::vector<std::string>& lines, const std::function<void(const std::string&)>& say) {
  for (size_t i = 0; i < std::min(lines.size(), kShownLines); ++i) say(lines[i]);
  if (lines.size() > kShownLines) say(fmt::format("and {} more; see --json", lines.size() - kShownLines));
}

void tell(const CommonOptions& common, const convert::Conversion& made) {
  std::vector<std::string> islands;
  for (const auto& island : made.islands) {
    islands.push_back(fmt::format("stays float: {} ({}), {}", island.name, island.op, island.reason));
  }
  say_first(islands, [&](const std::string& line) { print(common, line + "\n"); });
  if (!made.scale_moves.empty()) {
    const auto& most = made.scale_moves.front();
    print(common,
          fmt::format("portable scales: the farthest from training's is {:.2f} of it, in {}, channel {}\n",
                      most.factor, most.name, most.channel));
  }
  say_first(made.warnings, log_warning);
}

Json json_of(const convert::Conversion& made) {
  Json islands = Json::array(), moves = Json::array();
  for (const auto& island : made.islands) {
    islands.push_back({{"name", island.name}, {"op", island.op}, {"reason", island.reason}});
  }
  for (const auto& move : made.scale_moves) {
    moves.push_back({{"name", move.name}, {"channel", move.channel}, {"factor", move.factor}});
  }
  return {{"islands", islands}, {"scale_moves", moves}, {"warnings", made.warnings}};
}

convert::WeightStorage weight_storage(const std::string& name) {
  return name == "float16" ? convert::WeightStorage::kFloat16
         : name == "int8"  ? convert::WeightStorage::kInt8
                           : convert::WeightStorage::kFloat32;
}

void run(const ConvertCommandOptions& options, const CommonOptions& common) {
  if (!options.output.ends_with(".tflite")) {
    throw ValueError(options.output + ": the file is a .tflite; end the name so");
  }
  check_writable(options.output);
  LoadedModel loaded = open_model(options.model);
  loaded.model->initialize(common.seed);
  convert::ConvertOptions wanted;
  wanted.target = options.target == "edgetpu" ? convert::Target::kEdgeTpu : convert::Target::kAny;
  const std::string own_type = wanted.target == convert::Target::kEdgeTpu ? "int8" : "float32";
  const auto type_of = [&](const std::string& given) {
    return data_type_from_string(given.empty() ? own_type : given);
  };
  wanted.input_type = type_of(options.input_type);
  wanted.output_type = type_of(options.output_type);
  wanted.portable_scales = options.scales == "portable";
  wanted.weights = weight_storage(options.weights);
  Json searched;
  if (options.post_training.given()) {
    searched = quantize_post_training(options.post_training, options.model, options.preprocess, wanted,
                                      loaded, common);
  } else {
    note_preprocess(options.preprocess, options.model, loaded);
  }
  convert::Conversion made = convert::convert(*loaded.model, wanted);
  loaded.card.origin = origin_of(loaded);
  convert::set_model_card(made.file, loaded.card);
  const Shape& input = loaded.model->inputs().front().shape();
  const auto metadata = public_metadata(loaded.model->name(), loaded.card,
                                        input.size() == 4 ? input.back() : 0, train::input_grid(made.file));
  deploy::set_public_metadata(made.file, metadata);
  if (options.golden > 0) {
    deploy::set_golden(made.file, deploy::make_golden(made.file, options.golden, common.seed));
  }
  auto bytes = tflite::serialize(made.file);
  deploy::append_labels(bytes, metadata);
  write_file(options.output, bytes);
  print(common, "wrote " + options.output + ", " + std::to_string(bytes.size()) + " bytes\n");
  tell(common, made);
  Json json = json_of(made);
  json["files"] = {{"tflite", options.output}};
  json["bytes"] = bytes.size();
  if (!searched.is_null()) json["search"] = searched;
  emit_json(common, json);
}

}  // namespace

void add_convert(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<ConvertCommandOptions>();
  CLI::App& command =
      *app.add_subcommand("convert", "Write a .tflite file: int8 of a quantized model, else float32");
  const auto types = CLI::IsMember(kTypes);
  command.add_option("model", options->model, "A .keras file, or an application's name")->required();
  command.add_option("-o,--output", options->output, "The .tflite file")->required();
  add_post_training_option(command, options->post_training);
  add_preprocess_option(command, options->preprocess);
  command
      .add_option("--input-type", options->input_type, "float32, int8 or uint8 (float32; for edgetpu int8)")
      ->check(types);
  command
      .add_option("--output-type", options->output_type, "float32, int8 or uint8 (float32; for edgetpu int8)")
      ->check(types);
  command
      .add_option(
          "--scales", options->scales,
          "portable: every runtime computes the same; trained: those of training to the bit (portable)")
      ->check(CLI::IsMember({"portable", "trained"}));
  command
      .add_option("--golden", options->golden,
                  "Vectors of inputs and outputs that the file carries for nudge verify (0)")
      ->check(CLI::Range(0, 1000));
  command
      .add_option("--weights", options->weights,
                  "How a float model's file holds its weights: float32, float16 or int8 (float32)")
      ->check(CLI::IsMember({"float32", "float16", "int8"}))
      ->excludes("--representative");
  command.add_option("--target", options->target, "What the file is for: any, or edgetpu (any)")
      ->check(CLI::IsMember({"any", "edgetpu"}));
  define(command, common, [options, &common] { run(*options, common); });
}

}  // namespace nudge::cli
