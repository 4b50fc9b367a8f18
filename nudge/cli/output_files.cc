#include "nudge/cli/output_files.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/cli/spec.h"

namespace nudge::cli {
namespace {

namespace fs = std::filesystem;

struct Named {
  std::string flag;
  fs::path path;
};

constexpr std::array kOutputs{"-o",       "--out", "--json",    "--predictions",
                              "--report", "--dot", "--log-dir", "--callbacks"};
constexpr std::array kTablesOfLogDir{"/history.png", "/history.csv", "/ranges.csv"};
constexpr std::array kInputs{"model",       "models",           "--model", "--weights", "--config",
                             "--data",      "source",           "images",  "--npy",     "file",
                             "--calibrate", "--representative", "other",   "--teacher", "recipe"};

bool is_among(const auto& names, const std::string& name) {
  return std::ranges::find(names, name) != std::ranges::end(names);
}

// "-o" of "-o,--output"; "model" of what stands without a flag.
std::string flag_of(const CLI::Option& option) {
  return option.get_snames().empty() ? option.get_name() : "-" + option.get_snames().front();
}

bool is_device(const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code code;
  if (fs::equivalent(a, b, code)) return true;
  return fs::weakly_canonical(a, code) == fs::weakly_canonical(b, code);
}

// Whether an existing file stands in a folder within `folder`, as the images of a class do.
bool is_item_of(const fs::path& file, const fs::path& folder) {
  std::error_code code;
  if (!fs::is_regular_file(file, code) || !fs::is_directory(folder, code)) return false;
  const fs::path within = fs::canonical(file, code).lexically_relative(fs::canonical(folder, code));
  return !within.empty() && *within.begin() != ".." && std::distance(within.begin(), within.end()) > 1;
}

// The files that one value of an output's flag stands for.
std::vector<std::string> files_written(const std::string& flag, const std::string& value) {
  if (flag == "--callbacks") {
    Spec spec(flag, value);
    std::vector<std::string> files{spec.text("filename", ""), spec.text("filepath", "")};
    std::erase(files, "");
    return files;
  }
  if (flag != "--log-dir") return {value};
  std::vector<std::string> files;
  for (const char* table : kTablesOfLogDir) files.push_back(value + table);
  return files;
}

}  // namespace

void check_outputs_apart(const CLI::App& command) {
  std::vector<Named> inputs, outputs;
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = flag_of(*option);
    const bool output = is_among(kOutputs, name);
    if (!output && !is_among(kInputs, name)) continue;
    for (const std::string& value : option->results()) {
      std::error_code code;
      if (value.empty() || value == "-" || is_device(value)) continue;
      if (output) {
        for (const std::string& file : files_written(name, value)) outputs.push_back({name, file});
      }
      if (!output && fs::exists(value, code)) inputs.push_back({name, value});
    }
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Named& output = outputs[i];
    const std::string who = output.flag + " " + output.path.string() + ": ";
    for (const Named& input : inputs) {
      // Training may go on in the file that it goes on from.
      if (output.flag == "-o" && input.flag == "--model") continue;
      if (is_same(output.path, input.path)) {
        throw ValueError(who + "would replace what " + input.flag + " reads; give another name");
      }
      if (is_item_of(output.path, input.path)) {
        throw ValueError(who + "is a file of " + input.flag + " " + input.path.string() +
                         ", which is read; give another name");
      }
    }
    for (size_t other = 0; other < i; ++other) {
      if (!is_same(output.path, outputs[other].path)) continue;
      throw ValueError(who + "is written by " + outputs[other].flag + " too; give another name");
    }
  }
}

}  // namespace nudge::cli
