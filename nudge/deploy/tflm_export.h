// A .tflite file as C++ sources for a device with TensorFlow Lite Micro, with a test that runs there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/deploy/golden.h"
#include "nudge/deploy/tflm_interpreter.h"

namespace nudge::deploy {

struct TflmExportOptions {
  // How many golden vectors the self-test runs, where the file carries none of its own.
  int64_t golden = 2;
  uint64_t seed = 0;  // of their inputs
  // That measures the arena and runs the golden vectors; empty: the arena is estimated.
  std::string python = tflm_python();
};

struct TflmExport {
  std::vector<std::string> files;
  std::vector<std::string> registrations;  // the calls on the resolver
  int64_t model_bytes = 0;                 // of the model on the device, without what only programs read
  int64_t arena_bytes = 0;
  // Whether TensorFlow Lite Micro has measured the arena and run the golden vectors.
  bool measured = false;
  int64_t vectors = 0;
  std::vector<GoldenDifference> differences;  // of what it gave for them
};

// Writes NAME_model.h, NAME_model.cc, NAME_operators.h, NAME_golden.h, NAME_golden.cc and NAME_self_test.cc
// into the folder; NAME is the file's, as an identifier.  Throws UnsupportedError naming an operator that the
// device or the evaluator cannot compute.
TflmExport export_tflm(const std::string& file, const std::string& folder,
                       const TflmExportOptions& options = {});

}  // namespace nudge::deploy
