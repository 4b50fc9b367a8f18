#include "nudge/cli/manual.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/version.h"
#include "nudge/cli/command.h"

namespace nudge::cli {
namespace {

// A command with the words that lead to it: "edgetpu check".
struct NamedCommand {
  std::string words;
  const CLI::App* app;
};

void collect(const CLI::App& app, const std::string& words, std::vector<NamedCommand>& commands) {
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string path = words.empty() ? inner->get_name() : words + " " + inner->get_name();
    commands.push_back({path, inner});
    collect(*inner, path, commands);
  }
}

std::vector<NamedCommand> commands_of(const CLI::App& program) {
  std::vector<NamedCommand> commands;
  collect(program, "", commands);
  return commands;
}

std::vector<const CLI::Option*> options_of(const CLI::App& app, bool positional) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional() != positional) options.push_back(option);
  }
  return options;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : options_of(app, /*positional=*/false)) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

// The commands within a command, then its flags.
std::vector<std::string> words_after(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; }))
    words.push_back(inner->get_name());
  for (std::string& flag : flags_of(app)) words.push_back(std::move(flag));
  return words;
}

// Text that the man macros take as it is.
std::string roff(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else if ((c == '.' || c == '\'') && (escaped.empty() || escaped.back() == '\n')) {
      escaped += std::string("\\&") + c;
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string roff_options(const CLI::App& app) {
  std::string page;
  for (const bool positional : {true, false}) {
    for (const CLI::Option* option : options_of(app, positional)) {
      const std::string type = option->get_type_name();
      page += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(option->get_name(positional, true)),
                          type.empty() ? "" : " \\fI" + roff(type) + "\\fR", roff(option->get_description()));
    }
  }
  return page;
}

std::string bash_completion(const std::vector<NamedCommand>& commands, const CLI::App& program) {
  std::string cases = fmt::format("    '') words=\"{}\" ;;\n", fmt::join(words_after(program), " "));
  for (const NamedCommand& command : commands)
    cases +=
        fmt::format("    '{}') words=\"{}\" ;;\n", command.words, fmt::join(words_after(*command.app), " "));
  return "_nudge() {\n"
         "  local word words path='' i\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    word=${COMP_WORDS[i]}\n"
         "    [[ $word == -* || ! \" $_nudge_commands \" == *\" ${path:+$path/}$word \"* ]] && break\n"
         "    path=${path:+$path/}$word\n"
         "  done\n"
         "  case ${path//\\// } in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n";
}

std::string joined_paths(const std::vector<NamedCommand>& commands) {
  std::vector<std::string> paths;
  for (const NamedCommand& command : commands) {
    paths.push_back(command.words);
    for (char& c : paths.back()) {
      if (c == ' ') c = '/';
    }
  }
  return fmt::format("{}", fmt::join(paths, " "));
}

// Descriptions in single quotes.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

std::string fish_completion(const std::vector<NamedCommand>& commands) {
  std::string script;
  for (const NamedCommand& command : commands) {
    const size_t blank = command.words.rfind(' ');
    const std::string before = blank == command.words.npos ? "" : command.words.substr(0, blank);
    script += fmt::format("complete -c nudge -n '{}' -a {} -d {}\n",
                          before.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + before,
                          command.app->get_name(), quoted(command.app->get_description()));
    for (const CLI::Option* option : options_of(*command.app, /*positional=*/false)) {
      for (const std::string& name : option->get_lnames()) {
        script += fmt::format("complete -c nudge -n '__fish_seen_subcommand_from {}' -l {} -d {}{}\n",
                              command.app->get_name(), name, quoted(option->get_description()),
                              option->get_type_name().empty() ? "" : " -r");
      }
    }
  }
  return script;
}

void write(const CommonOptions& common, const std::string& out, const std::string& text) {
  if (out.empty()) return print(common, text);
  write_file(out, text);
  print(common, "wrote " + out + "\n");
}

}  // namespace

std::string manual_page(const CLI::App& program) {
  std::string page = fmt::format(
      ".TH NUDGE 1 \"\" \"nudge {}\" \"User Commands\"\n.SH NAME\nnudge \\- quantization\\-aware training, "
      "to int8 "
      ".tflite\n.SH SYNOPSIS\n.B nudge\n\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n.SH DESCRIPTION\n{}\n.SH "
      "COMMANDS\n",
      version(), roff(program.get_description()));
  for (const NamedCommand& command : commands_of(program)) {
    page += fmt::format(".SS \"nudge {}\"\n{}\n", roff(command.words), roff(command.app->get_description()));
    page += roff_options(*command.app);
  }
  return page +
         ".SH EXIT STATUS\n0: done.  1: failed, and one line says what, where and what to do.  2: wrong "
         "usage.  3: a "
         "check found something.  128 + N: signal N ended it.\n";
}

std::string completion(const CLI::App& program, const std::string& shell) {
  const std::vector<NamedCommand> commands = commands_of(program);
  if (shell == "fish") return fish_completion(commands);
  const std::string bash =
      "_nudge_commands='" + joined_paths(commands) + "'\n" + bash_completion(commands, program);
  if (shell == "bash") return bash + "complete -o default -F _nudge nudge\n";
  return "#compdef nudge\nautoload -U +X bashcompinit && bashcompinit\n" + bash +
         "complete -o default -F _nudge nudge\n";
}

void add_manual(CLI::App& app, CommonOptions& common) {
  auto out = std::make_shared<std::string>();
  CLI::App& command = *app.add_subcommand("manual", "This as a page for man");
  command.add_option("--out", *out, "Where it goes (standard output)");
  define(command, common, [&app, &common, out] { write(common, *out, manual_page(app)); });
}

void add_completion(CLI::App& app, CommonOptions& common) {
  struct Options {
    std::string shell, out;
  };
  auto options = std::make_shared<Options>();
  CLI::App& command = *app.add_subcommand("completion", "A script that completes nudge's words in a shell");
  command.add_option("shell", options->shell, "bash, zsh or fish")->required()->check(CLI::IsMember(kShells));
  command.add_option("--out", options->out, "Where it goes (standard output)");
  define(command, common,
         [&app, &common, options] { write(common, options->out, completion(app, options->shell)); });
}

}  // namespace nudge::cli
