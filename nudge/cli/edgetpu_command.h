// The commands about Coral's Edge TPU.
#pragma once

#include "nudge/cli/command.h"

namespace nudge::cli {

void add_edgetpu(CLI::App& app, CommonOptions& common);

}  // namespace nudge::cli
