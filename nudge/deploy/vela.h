// Arm's compiler for Ethos-U NPUs, vela, where it is installed.
#pragma once

#include <string>

#include "nudge/deploy/vela_report.h"

namespace nudge::deploy {

// NUDGE_VELA, else bin/vela of a .venv at hand, else "vela" on PATH.
std::string vela_program();

struct VelaOptions {
  std::string program = vela_program();
  std::string accelerator = "ethos-u55-256";
  std::string system_config, memory_mode;  // of vela's own configuration file; empty: vela's choice
};

// Compiles the file into the folder: NAME_vela.tflite and vela's summary.  Throws UnsupportedError when vela
// is not there or refuses the file, InputError when its report is not what is known.
VelaReport run_vela(const std::string& file, const std::string& folder, const VelaOptions& options = {});

}  // namespace nudge::deploy
