// What each layer of a quantized model loses, as a table and as bars.
#pragma once

#include <string>
#include <vector>

namespace nudge::report {

// Ratios of signal to error are in dB; infinite where there is no error.
struct LayerErrorRow {
  std::string layer;
  double simulated = 0;  // of the simulation
  double file = 0;       // of the file
  double own = 0;        // of what the file's layer adds to the errors of its inputs
  double largest = 0;    // error, in steps of the layer's grid
  double beyond = 0;     // share of values beyond the grid
  std::string note;
};

// The `count` rows that add most, worst first, and every row with a note.
std::vector<LayerErrorRow> worst_layers(std::vector<LayerErrorRow> rows, size_t count);

// layer, simulation, file, adds, largest, beyond; then a line for each note.
std::string layer_error_table(const std::vector<LayerErrorRow>& rows);

// "34.2", "exact" where there is no error.
std::string decibels_text(double ratio);
// The same of what is added; "-" where nothing is.
std::string added_text(double ratio);

}  // namespace nudge::report
