#include "nudge/cli/run_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json_member.h"
#include "nudge/base/log.h"
#include "nudge/cli/checkpoints.h"
#include "nudge/cli/command.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/recipe.h"
#include "nudge/cli/recipe_options.h"
#include "nudge/data/tf_flowers.h"

namespace nudge::cli {
namespace {

namespace fs = std::filesystem;

struct RunCommandOptions {
  std::string recipe, folder;
  bool check = false, resume = false, schema = false;
  bool seed_given = false, threads_given = false;
};

// A number stands for its digits, as on the command line.
std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

// One command of a program of its own.
class SoleCommand {
 public:
  explicit SoleCommand(const std::string& name) {
    static const std::map<std::string, void (*)(CLI::App&, CommonOptions&)> kAdd{{"train", add_train},
                                                                                 {"convert", add_convert},
                                                                                 {"quantize", add_quantize},
                                                                                 {"evaluate", add_evaluate},
                                                                                 {"compare", add_compare}};
    program_.require_subcommand(1);
    kAdd.at(name)(program_, common_);
  }

  const CLI::App& table() const {
    return *program_.get_subcommands([](const CLI::App*) { return true; }).front();
  }

  // `who` starts the messages of what is wrong with the arguments.  With `check_only` nothing is done.
  void run(std::vector<std::string> arguments, const std::string& who, bool check_only) {
    common_.check_only = check_only;
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    try {
      program_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      throw InputError(in_words(error.what(), who));
    } catch (const Error& error) {
      if (!check_only) throw;
      throw InputError(who + ": " + error.what());
    }
  }

 private:
  // "--epochs: ..." becomes "flowers.json: train.epochs: ...".
  std::string in_words(const std::string& message, const std::string& who) const {
    const size_t begin = message.find("--");
    const size_t end = message.find_first_of(": =", begin);
    if (begin == std::string::npos) return who + ": " + message;
    const std::string name = message.substr(begin + 2, end == std::string::npos ? end : end - begin - 2);
    const std::string where = who + "." + name + ": ";
    const std::string unconverted = "Could not convert: --" + name + " = ";
    if (message.starts_with(unconverted)) {
      return where + "expected a whole number, got " + message.substr(unconverted.size());
    }
    const bool plain = begin == 0 && end != std::string::npos && message.substr(end).starts_with(": ");
    return where + (plain ? message.substr(end + 2) : message);
  }

  CLI::App program_;
  CommonOptions common_;
};

class Run {
 public:
  Run(const RunCommandOptions& options, const CommonOptions& common)
      : options_(options), common_(common), recipe_(read_recipe(options.recipe, options.folder)) {
    for (const RecipeStep& step : recipe_.steps) arguments_.push_back(arguments(step));
  }

  // Throws InputError for the first thing that is wrong.
  void check() const {
    std::set<std::string> made, opened;
    for (size_t i = 0; i < recipe_.steps.size(); ++i) {
      const RecipeStep& step = recipe_.steps[i];
      SoleCommand(step.command).run(arguments_[i], who(step), /*check_only=*/true);
      for (const char* key : {"model", "models", "config"}) check_files(step, key, made);
      for (const char* key : {"data", "calibrate", "representative"}) check_data(step, key, opened);
      if (const auto output = step.options.find("output"); output != step.options.end()) {
        made.insert(text_of(*output));
      }
    }
  }

  void run() {
    make_folder(recipe_.folder);
    const Json before = read_state();
    bool done_before = options_.resume;
    Json files = Json::object(), results = Json::object();
    for (size_t i = 0; i < recipe_.steps.size(); ++i) {
      const RecipeStep& step = recipe_.steps[i];
      const Json state = before.value(step.section, Json());
      const bool same =
          done_before && state.is_object() && state.value("arguments", Json()) == Json(arguments_[i]);
      done_before = same && state.value("done", Json()) == Json(true) && fs::exists(result_path(step)) &&
                    output_stands(step);
      if (done_before) {
        print(common_, fmt::format("{}: done before\n", step.section));
      } else {
        print(common_, fmt::format("{}: nudge {}\n", step.section, fmt::join(arguments_[i], " ")));
        note(step, i, false);
        // Else a later --resume might go on from what another run has left.
        if (!same && state.is_object() && step.options.contains("checkpoint")) {
          remove_checkpoints(text_of(step.options.at("checkpoint")));
        }
        SoleCommand(step.command).run(same ? resumed(step, arguments_[i]) : arguments_[i], who(step), false);
      }
      note(step, i, true);
      results[step.section] = parse_json(read_text_file(result_path(step)), result_path(step));
      if (step.options.contains("output")) files[step.section] = step.options.at("output");
    }
    set_log_level(common_.quiet ? LogLevel::kError : LogLevel::kInfo);
    emit_json(common_, {{"files", files}, {"sections", results}});
  }

 private:
  std::string who(const RecipeStep& step) const { return recipe_.path + ": " + step.section; }
  std::string result_path(const RecipeStep& step) const {
    return recipe_.folder + "/" + step.section + ".json";
  }
  std::string state_path() const { return recipe_.folder + "/run.json"; }

  std::vector<std::string> arguments(const RecipeStep& step) const {
    std::vector<std::string> arguments =
        arguments_from(SoleCommand(step.command).table(), step.options, who(step));
    std::vector<std::string> more{"--json=" + result_path(step)};
    for (const auto& [key, given, value] :
         {std::tuple("seed", options_.seed_given, std::to_string(common_.seed)),
          std::tuple("threads", options_.threads_given, std::to_string(common_.threads))}) {
      if (given) {
        more.push_back(fmt::format("--{}={}", key, value));
      } else if (recipe_.common.contains(key)) {
        const Json& own = recipe_.common.at(key);
        if (!own.is_number_unsigned()) {
          throw InputError(
              fmt::format("{}: {}: expected a whole number, got {}", recipe_.path, key, excerpt(own)));
        }
        more.push_back(fmt::format("--{}={}", key, dump_json(own)));
      }
    }
    if (!talks(common_)) more.emplace_back("--quiet");
    arguments.insert(arguments.begin() + 1, more.begin(), more.end());
    return arguments;
  }

  static std::vector<std::string> texts(const RecipeStep& step, const char* key) {
    const auto found = step.options.find(key);
    if (found == step.options.end()) return {};
    if (!found->is_array()) return {text_of(*found)};
    std::vector<std::string> all;
    for (const Json& one : *found) all.push_back(text_of(one));
    return all;
  }

  void check_files(const RecipeStep& step, const char* key, const std::set<std::string>& made) const {
    for (const std::string& file : texts(step, key)) {
      if (made.contains(file) || fs::exists(file) ||
          (key != std::string("config") && applications::is_application(file)))
        continue;
      throw InputError(fmt::format("{}.{}: {} is neither a file, nor made by a section before{}", who(step),
                                   key, file, key == std::string("config") ? "" : ", nor an application"));
    }
  }

  void check_data(const RecipeStep& step, const char* key, std::set<std::string>& opened) const {
    for (const std::string& source : texts(step, key)) {
      // Those would be downloaded.
      if (source == data::kTfFlowers || !opened.insert(source).second) continue;
      try {
        open_data(source);
      } catch (const Error& error) {
        throw InputError(fmt::format("{}.{}: {}", who(step), key, error.what()));
      }
    }
  }

  static bool output_stands(const RecipeStep& step) {
    const auto output = step.options.find("output");
    return output == step.options.end() || fs::exists(text_of(*output));
  }

  // Training that has left a checkpoint goes on from that.
  std::vector<std::string> resumed(const RecipeStep& step, std::vector<std::string> arguments) const {
    const auto folder = step.options.find("checkpoint");
    std::error_code ignored;
    if (folder == step.options.end() || !fs::is_directory(text_of(*folder), ignored) ||
        fs::is_empty(text_of(*folder), ignored)) {
      return arguments;
    }
    std::vector<std::string> shorter{step.command, "--resume=" + text_of(*folder)};
    for (const std::string& argument : arguments) {
      if (argument.starts_with("--json=") || argument.starts_with("--threads=") || argument == "--quiet") {
        shorter.push_back(argument);
      }
    }
    return shorter;
  }

  Json read_state() const {
    std::error_code ignored;
    if (!fs::exists(state_path(), ignored)) return Json::object();
    const Json state = parse_json(read_text_file(state_path()), state_path());
    return state.is_object() ? state : Json::object();
  }

  // What a later --resume goes by.
  void note(const RecipeStep& step, size_t index, bool done) {
    state_[step.section] = {{"arguments", arguments_[index]}, {"done", done}};
    write_file(state_path(), dump_json(state_, 2) + "\n");
  }

  const RunCommandOptions& options_;
  const CommonOptions& common_;
  const Recipe recipe_;
  std::vector<std::vector<std::string>> arguments_;  // of each step
  Json state_ = Json::object();
};

Json recipe_schema() {
  Json properties{{"$schema", {{"type", "string"}}},
                  {"data", {{"type", "string"}, {"description", "The SOURCE of every section"}}},
                  {"folder", {{"type", "string"}, {"default", "run"}, {"description", "Where outputs go"}}},
                  {"seed", {{"type", "integer"}, {"minimum", 0}, {"default", 0}}},
                  {"threads", {{"type", "integer"}, {"minimum", 1}}}};
  for (const RecipeSection& section : recipe_sections()) {
    Json schema = options_schema(SoleCommand(section.command).table());
    schema["description"] = section.purpose;
    properties[section.name] = schema;
  }
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", "nudge run RECIPE.json"},
          {"description",
           "A pipeline. Sections run in this order; their keys are the flags of the command that each runs."},
          {"type", "object"},
          {"properties", properties},
          {"additionalProperties", false}};
}

}  // namespace

void add_run(CLI::App& app, CommonOptions& common) {
  auto options = std::make_shared<RunCommandOptions>();
  CLI::App& command =
      *app.add_subcommand("run", "A whole pipeline from one file: train, quantize, convert, compare");
  command.add_option("recipe", options->recipe, "The recipe, a JSON file");
  command.add_option("--folder", options->folder, "Where outputs go (what the recipe says, else run)");
  CLI::Option* check =
      command.add_flag("--check", options->check, "Say what is wrong with the recipe, and do nothing");
  command.add_flag("--resume", options->resume, "Go on where the same recipe stopped")->excludes(check);
  command.add_flag("--schema", options->schema, "Print the JSON schema of recipes");
  define(command, common, [options, &command, &common] {
    if (options->schema) {
      print(common, dump_json(recipe_schema(), 2) + "\n");
      return;
    }
    if (options->recipe.empty()) throw CLI::RequiredError("recipe");
    options->seed_given = command.get_option("--seed")->count() > 0;
    options->threads_given = command.get_option("--threads")->count() > 0;
    Run run(*options, common);
    run.check();
    if (options->check) {
      print(common, options->recipe + ": nothing is wrong\n");
      emit_json(common, {{"recipe", options->recipe}, {"checked", true}});
      return;
    }
    run.run();
  });
}

}  // namespace nudge::cli
