#include "nudge/cli/command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/log.h"
#include "nudge/base/threads.h"
#include "nudge/cli/number_check.h"
#include "nudge/cli/output_files.h"

namespace nudge::cli {
namespace {

// What the value of a flag is called in --help; a number is N, any other word VALUE.
const std::map<std::string, std::string> kValueNames{
    {"model", "MODEL"},    {"models", "MODEL"},     {"data", "SOURCE"},
    {"source", "SOURCE"},  {"calibrate", "SOURCE"}, {"representative", "SOURCE"},
    {"output", "FILE"},    {"out", "PATH"},         {"json", "FILE"},
    {"config", "FILE"},    {"predictions", "FILE"}, {"npy", "FILE"},
    {"file", "FILE"},      {"other", "FILE"},       {"images", "IMAGE"},
    {"log-dir", "DIR"},    {"checkpoint", "DIR"},   {"resume", "DIR"},
    {"folder", "DIR"},     {"layers", "REGEX"},     {"freeze", "REGEX"},
    {"schedule", "SPEC"},  {"callbacks", "SPEC"},   {"augment", "LIST"},
    {"optimizer", "SPEC"}, {"preprocess", "HOW"},   {"recipe", "FILE"},
    {"loss", "SPEC"},      {"metrics", "SPEC"}};

// The descriptions say what values there are, so that the names stay short.
void name_values(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    const std::string name = option->get_lnames().empty() ? option->get_name() : option->get_lnames().front();
    const auto found = kValueNames.find(name);
    const std::string type = option->get_type_name();
    if (type.empty()) continue;  // takes no value
    const bool number = type.starts_with("INT") || type.starts_with("UINT") || type.starts_with("FLOAT");
    if (type.find(':') != std::string::npos) option->get_validator(0)->description("");
    option->type_name(found != kValueNames.end() ? found->second : number ? "N" : "VALUE");
  }
}

}  // namespace

void define(CLI::App& command, CommonOptions& common, std::function<void()> run,
            std::function<void()> check) {
  command.add_option("--json", common.json,
                     "Write the result as JSON to this file, or to standard output for -");
  command.add_option("--threads", common.threads, "Threads to compute with (all processors)")
      ->check(CLI::Range(1, 1024));
  command.add_option("--seed", common.seed, "Seed of everything random (0)")->check(seed_number());
  command.add_flag("--quiet", common.quiet, "Print nothing but errors");
  name_values(command);
  command.callback([&command, &common, run = std::move(run), check = std::move(check)] {
    if (common.check_only) {
      check_outputs_apart(command);
      return check();
    }
    set_log_level(common.quiet ? LogLevel::kError : LogLevel::kInfo);
    if (common.threads > 0) set_thread_count(common.threads);
    check_outputs_apart(command);
    if (!common.json.empty() && common.json != "-") check_writable(common.json);
    check();
    run();
  });
}

bool talks(const CommonOptions& common) { return !common.quiet && common.json != "-"; }

void print(const CommonOptions& common, const std::string& text) {
  if (!talks(common)) return;
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void emit_json(const CommonOptions& common, const Json& result) {
  if (common.json.empty()) return;
  const std::string text = dump_json(result, 2) + "\n";
  if (common.json == "-") {
    std::fputs(text.c_str(), stdout);
  } else {
    write_file(common.json, text);
  }
}

}  // namespace nudge::cli
