// What every command of the program shares: the common flags, and how results leave it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/json.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

struct CommonOptions {
  std::string json;    // --json: a file, or "-" for standard output in place of text
  int threads = 0;     // --threads; 0: all processors
  uint64_t seed = 0;   // --seed
  bool quiet = false;  // --quiet: no progress, no text
  // A command that a recipe would run: what can be told before any data or model is read is checked, and
  // nothing done.
  bool check_only = false;
};

// A check that found something, exit code 3; it is no error.
class Finding : public std::exception {};

// A signal ended the command, which kept what it had: exit code 128 and the signal's number.
class Interrupted : public Error {
 public:
  Interrupted(int signal, const std::string& message) : Error(message), signal_(signal) {}
  int signal() const { return signal_; }

 private:
  int signal_;
};

// The words that several commands know.
inline const std::vector<std::string> kSplits{"train", "validation", "test", "all"};
inline const std::vector<std::string> kRuntimes{"auto", "litert", "litert-reference", "reference"};
inline const std::vector<std::string> kSchemes{"nudge", "tfmot"};
inline const std::vector<std::string> kTypes{"float32", "int8", "uint8"};

// Adds the common flags to a command and makes `run` what it does; they are in force before it runs.  `check`
// throws for what can be told before any data or model is read.
void define(
    CLI::App& command, CommonOptions& common, std::function<void()> run, std::function<void()> check = [] {});

// Whether progress and text may go to standard output.
bool talks(const CommonOptions& common);
// Prints text unless quiet or replaced by JSON.
void print(const CommonOptions& common, const std::string& text);
// Writes the result where --json asks for it.
void emit_json(const CommonOptions& common, const Json& result);

// One function a command, in the file of its name.
void add_bench(CLI::App& app, CommonOptions& common);
void add_compare(CLI::App& app, CommonOptions& common);
void add_convert(CLI::App& app, CommonOptions& common);
void add_data(CLI::App& app, CommonOptions& common);
void add_demo(CLI::App& app, CommonOptions& common);
void add_evaluate(CLI::App& app, CommonOptions& common);
void add_inspect(CLI::App& app, CommonOptions& common);
void add_predict(CLI::App& app, CommonOptions& common);
void add_quantize(CLI::App& app, CommonOptions& common);
void add_ranges(CLI::App& app, CommonOptions& common);
void add_summary(CLI::App& app, CommonOptions& common);
void add_train(CLI::App& app, CommonOptions& common);

}  // namespace nudge::cli
