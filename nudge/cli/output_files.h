// Outputs that would replace what a command reads, or one another.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace nudge::cli {

// Compares what a command's flags name, by path and by device and inode, before it does any work.  Throws
// ValueError naming both flags.  Training alone may go on in the file that it reads.
void check_outputs_apart(const CLI::App& command);

}  // namespace nudge::cli
