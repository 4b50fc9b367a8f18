// The command that makes of a .tflite file what a device takes.
#pragma once

#include "nudge/cli/command.h"

namespace nudge::cli {

void add_export(CLI::App& app, CommonOptions& common);

}  // namespace nudge::cli
