// How far one layer's output in a quantized model lies from the same layers' with the same weights in float.
#pragma once

#include <string>
#include <vector>

namespace nudge::explain {

// Ratios of signal to error are 10 log10 of their powers, in dB: about 6 for each bit that holds; infinite
// where there is no error.
struct LayerError {
  std::string layer;                  // the layer's own name
  std::vector<std::string> together;  // the layers that the file computes in one, whose last this is
  double simulated_sqnr = 0;          // of training's simulation
  double file_sqnr = 0;               // of the file that the model converts to, in integers
  double own_sqnr = 0;                // of the part that the file's layer adds to the errors of its inputs
  double largest_error = 0;  // of the file, in steps of its grid; in the signal's own units for float values
  double parted = 0;         // at most between file and simulation, in the same unit
  double saturated = 0;   // share of the values more than a step beyond the grid, which a softmax's 1 is not
  int codes = 0;          // of the grid that were taken; 0 for float values
  double scale_move = 1;  // conversion made the coarsest channel's weights so much coarser
  std::string island;     // why the layer computes in float; empty in integers
  std::string advice;     // what to try; empty where nothing stands out
};

}  // namespace nudge::explain
