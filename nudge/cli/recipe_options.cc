#include "nudge/cli/recipe_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/registry.h"

namespace nudge::cli {
namespace {

// What of a command is not an option of the recipe: how it is called, and what is said of all of them.
constexpr const char* kNotInRecipes[] = {"help", "help-all", "json", "threads", "seed", "quiet", "resume"};

std::string key_of(const CLI::Option& option) {
  return option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
}

std::vector<const CLI::Option*> options_in_recipes(const CLI::App& command) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : command.get_options()) {
    if (std::ranges::find(kNotInRecipes, key_of(*option)) == std::end(kNotInRecipes))
      options.push_back(option);
  }
  return options;
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }
bool is_number(const CLI::Option& option) { return option.get_type_name() == "N"; }
bool is_spec(const CLI::Option& option) { return option.get_type_name() == "SPEC"; }
bool takes_several(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

const char* expected(const CLI::Option& option) {
  if (is_flag(option)) return "true or false";
  if (is_number(option)) return "a number";
  return is_spec(option) ? "a text or an object with a name" : "a text";
}

class Arguments {
 public:
  Arguments(const CLI::App& command, const std::string& who) : command_(command), who_(who) {}

  void add(const std::string& key, const Json& value) {
    key_ = key;
    const CLI::Option& option = find(key);
    if (is_flag(option)) {
      if (!value.is_boolean()) wrong(option, value);
      if (value.get<bool>()) flags_.push_back("--" + key);
      return;
    }
    std::vector<std::string> values;
    if (value.is_array() && takes_several(option)) {
      for (const Json& one : value) values.push_back(text_of(option, one));
    } else {
      values.push_back(text_of(option, value));
    }
    if (option.get_delimiter() != '\0') values = {fmt::format("{}", fmt::join(values, ","))};
    for (const std::string& one : values) {
      if (option.get_positional()) {
        positionals_.push_back(one);
      } else {
        flags_.push_back("--" + key + "=" + one);
      }
    }
  }

  std::vector<std::string> all() const {
    std::vector<std::string> arguments{command_.get_name()};
    arguments.insert(arguments.end(), flags_.begin(), flags_.end());
    if (!positionals_.empty()) arguments.emplace_back("--");
    arguments.insert(arguments.end(), positionals_.begin(), positionals_.end());
    return arguments;
  }

 private:
  const CLI::Option& find(const std::string& key) const {
    std::vector<std::string> names;
    for (const CLI::Option* option : options_in_recipes(command_)) {
      names.push_back(key_of(*option));
      if (names.back() == key) return *option;
    }
    const std::string near = nearest_name(key, names);
    throw InputError(fmt::format("{}.{}: unknown; {}", who_, excerpt(key),
                                 near.empty() ? "nudge " + command_.get_name() + " --help names what there is"
                                              : "did you mean '" + near + "'?"));
  }

  std::string text_of(const CLI::Option& option, const Json& value) const {
    if (value.is_number()) return dump_json(value);
    if (is_number(option)) wrong(option, value);
    if (value.is_string()) return value.get<std::string>();
    if (value.is_object() && is_spec(option)) return dump_json(value);
    if (value.is_boolean() && option.get_type_name() == "VALUE") return value.get<bool>() ? "true" : "false";
    wrong(option, value);
  }

  [[noreturn]] void wrong(const CLI::Option& option, const Json& value) const {
    throw InputError(fmt::format("{}.{}: expected {}, got {}", who_, key_, expected(option), excerpt(value)));
  }

  const CLI::App& command_;
  const std::string& who_;
  std::string key_;
  std::vector<std::string> flags_, positionals_;
};

Json value_schema(const CLI::Option& option) {
  if (is_flag(option)) return {{"type", "boolean"}};
  if (is_number(option)) return {{"type", "number"}};
  if (is_spec(option)) return {{"type", {"string", "number", "object"}}};
  if (option.get_type_name() == "VALUE") return {{"type", {"string", "number", "boolean"}}};
  return {{"type", {"string", "number"}}};
}

}  // namespace

std::vector<std::string> arguments_from(const CLI::App& command, const Json& options,
                                        const std::string& who) {
  Arguments arguments(command, who);
  for (const auto& [key, value] : options.items()) arguments.add(key, value);
  return arguments.all();
}

Json options_schema(const CLI::App& command) {
  Json properties = Json::object();
  for (const CLI::Option* option : options_in_recipes(command)) {
    Json schema = value_schema(*option);
    if (takes_several(*option)) {
      schema = {{"anyOf", Json::array({schema, {{"type", "array"}, {"items", schema}}})}};
    }
    schema["description"] = option->get_description();
    properties[key_of(*option)] = schema;
  }
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
}

}  // namespace nudge::cli
