// The commands that a page of the documentation shows, for the tests that run them.
#pragma once

#include <string>
#include <vector>

namespace nudge::cli {

using Command = std::vector<std::string>;

// `page` is named from the project's root: "docs/tutorial.md".  The lines of its blocks that begin with
// "nudge", without that word and a comment behind; in a block that shows a terminal, those after "$".
std::vector<Command> documented_commands(const std::string& page);

// Runs `commands` one after the other in `folder`; an expectation fails where one does.
void expect_commands_run(const std::vector<Command>& commands, const std::string& folder);

}  // namespace nudge::cli
