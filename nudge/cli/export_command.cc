#include "nudge/cli/export_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/cli/edgetpu_command.h"
#include "nudge/cli/verify_command.h"
#include "nudge/deploy/tflm_export.h"
#include "nudge/deploy/vela.h"

namespace nudge::cli {
namespace {

struct ExportCommandOptions {
  std::string file, folder, target;
  deploy::TflmExportOptions tflm;
  deploy::VelaOptions vela;
};

void export_tflm(const ExportCommandOptions& options, const CommonOptions& common) {
  deploy::TflmExportOptions wanted = options.tflm;
  wanted.seed = common.seed;
  const deploy::TflmExport made = deploy::export_tflm(options.file, options.folder, wanted);
  print(common, fmt::format("{}: {} bytes, {} operators to register, an arena of {} bytes ({})\n",
                            options.file, made.model_bytes, made.registrations.size(), made.arena_bytes,
                            made.measured ? "measured" : "an upper estimate"));
  if (made.measured) {
    print(common, fmt::format("TensorFlow Lite Micro gives {} for {} golden vectors\n",
                              made.differences.empty() ? "the same values" : "other values", made.vectors));
  }
  for (const std::string& file : made.files) print(common, "wrote " + file + "\n");
  emit_json(common, {{"file", options.file},
                     {"files", made.files},
                     {"registrations", made.registrations},
                     {"model_bytes", made.model_bytes},
                     {"arena_bytes", made.arena_bytes},
                     {"measured", made.measured},
                     {"vectors", made.vectors},
                     {"differences", to_json(made.differences)}});
  if (!made.differences.empty()) throw Finding();
}

void export_vela(const ExportCommandOptions& options, const CommonOptions& common) {
  const deploy::VelaReport report = deploy::run_vela(options.file, options.folder, options.vela);
  print(common, options.file + ": " + to_text(report));
  for (const std::string& file : report.files) print(common, "wrote " + file + "\n");
  Json json = to_json(report);
  json["file"] = options.file;
  emit_json(common, json);
  if (report.cpu_operators > 0) throw Finding();
}

void export_edgetpu(const ExportCommandOptions& options, const CommonOptions& common) {
  EdgeTpuCompilation compilation{.file = options.file};
  compilation.options.out_dir = options.folder;
  compile_for_edgetpu(compilation, common);
}

void run(const ExportCommandOptions& options, const CommonOptions& common) {
  if (options.target == "tflm") return export_tflm(options, common);
  if (options.target == "vela") return export_vela(options, common);
  export_edgetpu(options, common);
}

}  // namespace

void add_export(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<ExportCommandOptions>();
  CLI::App& command = *app.add_subcommand(
      "export",
      "Make of a .tflite file what a small device takes (exit code 3 if operators stay on the CPU, or the "
      "device's runtime computes other values)");
  command.add_option("file", options->file, "A .tflite file")->required();
  command
      .add_option("--target", options->target,
                  "tflm: C++ sources for TensorFlow Lite Micro with a self-test; vela: Arm's compiler for "
                  "Ethos-U; edgetpu: as edgetpu compile")
      ->required()
      ->check(CLI::IsMember({"tflm", "vela", "edgetpu"}));
  command.add_option("-o,--out-dir", options->folder, "Where the files go")->required();
  const std::vector<std::pair<const CLI::Option*, std::string>> of_one_target{
      {command
           .add_option("--golden", options->tflm.golden,
                       "tflm: vectors that the self-test runs, of a file that carries none (2)")
           ->check(CLI::Range(1, 1000)),
       "tflm"},
      {command.add_option("--accelerator", options->vela.accelerator, "vela: the NPU (ethos-u55-256)"),
       "vela"},
      {command.add_option("--system-config", options->vela.system_config, "vela: of its configuration file"),
       "vela"},
      {command.add_option("--memory-mode", options->vela.memory_mode, "vela: of its configuration file"),
       "vela"}};
  define(command, common, [options, of_one_target, &common] {
    for (const auto& [option, target] : of_one_target) {
      if (option->count() > 0 && target != options->target) {
        throw ValueError(option->get_name() + ": is for --target " + target);
      }
    }
    run(*options, common);
  });
}

}  // namespace nudge::cli
