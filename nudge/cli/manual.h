// The program's own description as a page of the manual, and as completions for shells.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

struct CommonOptions;

inline const std::vector<std::string> kShells{"bash", "zsh", "fish"};

// In the man macros.
std::string manual_page(const CLI::App& program);
// `shell` is one of kShells.
std::string completion(const CLI::App& program, const std::string& shell);

// The commands that write them.
void add_manual(CLI::App& app, CommonOptions& common);
void add_completion(CLI::App& app, CommonOptions& common);

}  // namespace nudge::cli
