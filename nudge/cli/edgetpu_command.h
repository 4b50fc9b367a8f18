// The commands about Coral's Edge TPU.
#pragma once

#include "nudge/cli/command.h"
#include "nudge/edgetpu/compile.h"

namespace nudge::cli {

void add_edgetpu(CLI::App& app, CommonOptions& common);

struct EdgeTpuCompilation {
  std::string file, compiler;
  int64_t timeout = 180;  // seconds
  bool no_bisect = false;
  edgetpu::CompileOptions options;
};

// What `edgetpu compile` does.
void compile_for_edgetpu(const EdgeTpuCompilation& arguments, const CommonOptions& common);

}  // namespace nudge::cli
