#include "nudge/deploy/vela.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "nudge/base/child_process.h"
#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/virtual_environment.h"
#include "nudge/base/work_folder.h"
#include "nudge/tflite/reader.h"

namespace nudge::deploy {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kCompilerPatience{10};

std::vector<std::string> command(const std::string& file, const std::string& folder,
                                 const VelaOptions& options) {
  std::vector<std::string> line{options.program,        "--output-dir",      folder,
                                "--accelerator-config", options.accelerator, "--show-cpu-operations"};
  if (!options.system_config.empty()) line.insert(line.end(), {"--system-config", options.system_config});
  if (!options.memory_mode.empty()) line.insert(line.end(), {"--memory-mode", options.memory_mode});
  line.push_back(file);
  return line;
}

// The last line that blames somebody, else the last.
std::string compiler_reason(const std::string& printed) {
  std::string found = "it gives no reason";
  size_t begin = 0;
  bool blamed = false;
  while (begin < printed.size()) {
    const size_t end = std::min(printed.find('\n', begin), printed.size());
    const std::string line = printed.substr(begin, end - begin);
    const bool blames = line.find("rror") != std::string::npos;
    if (line.find_first_not_of(" \r\t") != std::string::npos && (blames || !blamed)) found = line;
    blamed = blamed || blames;
    begin = end + 1;
  }
  return found;
}

}  // namespace

std::string vela_program() {
  if (const char* given = std::getenv("NUDGE_VELA"); given != nullptr && *given != '\0') return given;
  const std::string installed = in_virtual_environment("bin/vela");
  return installed.empty() ? "vela" : installed;
}

VelaReport run_vela(const std::string& file, const std::string& folder, const VelaOptions& options) {
  tflite::read(file);  // says what is wrong with it better than vela does
  const WorkFolder work(folder);
  ProcessResult result;
  try {
    result = run_process(command(fs::absolute(file).string(), work.path(), options), "",
                         {.time = kCompilerPatience});
  } catch (const UnsupportedError&) {
    throw UnsupportedError(fmt::format(
        "{}: there is no such program; pip install ethos-u-vela into a .venv beside the program, or "
        "set NUDGE_VELA to its vela",
        options.program));
  }
  std::string compiled, summary;
  for (const auto& entry : fs::directory_iterator(work.path())) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("_vela.tflite")) compiled = name;
    if (name.ends_with(".csv") && name.find("_summary_") != std::string::npos) summary = name;
  }
  if (result.status != 0 || compiled.empty() || summary.empty()) {
    throw UnsupportedError(
        fmt::format("{}: vela does not compile it: {}", file,
                    result.timed_out ? "it does not end" : compiler_reason(result.output)));
  }
  VelaReport report = parse_vela(result.output, read_text_file(work.path(summary)));
  for (const std::string& name : {compiled, summary}) {
    const std::string target = (fs::path(folder) / name).string();
    write_file(target, read_file(work.path(name)));
    report.files.push_back(target);
  }
  return report;
}

}  // namespace nudge::deploy
