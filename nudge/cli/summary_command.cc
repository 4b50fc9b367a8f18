#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/command.h"
#include "nudge/cli/model_file.h"
#include "nudge/cli/preprocess_option.h"
#include "nudge/graph/summary.h"
#include "nudge/keras/save.h"
#include "nudge/quantize/quantize.h"

namespace nudge::cli {
namespace {

// The model or, where it has layers that are not read, its outline with those marked.
LoadedModel open_for_summary(const std::string& model, const ArchitectureOptions& architecture) {
  try {
    LoadedModel loaded = open_model(model, architecture);
    note_preprocess("auto", model, loaded);
    return loaded;
  } catch (const UnsupportedError&) {
    if (!std::filesystem::exists(model) || is_tflite(model)) throw;
    const keras::Saved saved =
        keras::load_outline(model, {.image_size = architecture.image_size.value_or(0)});
    return {saved.model, saved.card, {}, {}, nullptr};
  }
}

}  // namespace

void add_summary(CLI::App& app, CommonOptions& common) {
  struct Options {
    std::string model;
    ArchitectureOptions architecture;
    bool quantized = false;
    std::string scheme = "nudge";
  };
  auto options = std::make_shared<Options>();
  CLI::App& command = *app.add_subcommand("summary", "Print Keras's summary of a model or an application");
  command.add_option("model", options->model, "A .keras file, or an application's name")->required();
  command.add_flag("--quantized", options->quantized, "Quantize it first");
  command.add_option("--scheme", options->scheme, "Quantization scheme: nudge or tfmot (nudge)")
      ->check(CLI::IsMember(kSchemes));
  add_architecture_options(command, options->architecture);
  command
      .add_option("--include-top", options->architecture.include_top,
                  "Of an application: Keras's own classifier, true or false")
      ->check(CLI::IsMember({"true", "false"}));
  define(command, common, [options, &common] {
    LoadedModel loaded = open_for_summary(options->model, options->architecture);
    ModelPtr model = loaded.model;
    if (options->quantized) {
      model = quantize::quantize_model(*model, quantize::scheme_from_name(options->scheme));
    }
    print(common, summary(*model) + to_text(loaded.card));
    Json json = summary_json(*model);
    json["card"] = to_json(loaded.card);
    emit_json(common, json);
  });
}

}  // namespace nudge::cli
