// What Arm's compiler says of a file: where each operator goes, cycles and memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/base/json.h"

namespace nudge::deploy {

struct VelaOperator {
  std::string name;  // of the tensor that it makes
  std::string op;    // in vela's words: "Conv2D"
  bool on_npu = true;
};

struct VelaReport {
  std::string accelerator, system_config, memory_mode;  // as vela names them
  std::vector<VelaOperator> operators;                  // after vela's own changes to the graph
  int64_t npu_operators = 0;
  int64_t cpu_operators = 0;
  int64_t cycles = 0;                // of an inference, as vela estimates them
  int64_t npu_cycles = 0;            // of these, in which the NPU works
  double inferences_per_second = 0;  // 0: the NPU computes nothing
  int64_t sram_bytes = 0;
  int64_t dram_bytes = 0;
  int64_t flash_bytes = 0;  // on the chip and off it
  std::vector<std::string> files;
};

// From what vela has printed, and its summary as CSV.  Throws InputError when they are not what is known.
VelaReport parse_vela(const std::string& printed, const std::string& summary);

// The keys are in docs/command-line.md.
Json to_json(const VelaReport& report);
std::string to_text(const VelaReport& report);

}  // namespace nudge::deploy
