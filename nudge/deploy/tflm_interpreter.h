// TensorFlow Lite Micro's own interpreter, through the Python package tflite-micro where it is installed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/tflite/model.h"

namespace nudge::deploy {

// A Python with the package: NUDGE_TFLM_PYTHON, else that of a .venv at hand that has it; else empty.
std::string tflm_python();

struct TflmRun {
  std::vector<std::vector<Array>> outputs;  // of each vector, in the graph's order
  int64_t arena_bytes = 0;                  // the smallest arena that holds the model, on this machine
};

// Runs the file on each of these inputs, which are in the order of the graph's and in its types, and searches
// for the smallest arena.  `outputs_like`: types and shapes of the outputs.  `python`: of tflm_python().
// Throws UnsupportedError when the package is not installed or cannot run the file.
TflmRun run_tflm(const std::string& python, std::span<const std::byte> file,
                 const std::vector<std::vector<Array>>& inputs, const std::vector<Array>& outputs_like);

}  // namespace nudge::deploy
