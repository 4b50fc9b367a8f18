// Draws a training history as a picture, with gnuplot.
#pragma once

#include <string>
#include <vector>

namespace nudge::report {

// One metric over the epochs; a value that is not finite leaves a gap.
struct Curve {
  std::string metric;  // "accuracy"; gives the panel its label
  std::vector<double> train;
  std::vector<double> validation;  // empty: not drawn
};

struct HistoryPlot {
  std::string title;
  std::vector<Curve> curves;  // a panel each, side by side
  // The first epoch (from 0) trained with quantization: a magenta line is drawn before it.  -1: none.
  int qat_start_epoch = -1;
  int panel_width = 640;  // pixels
  int height = 480;       // pixels
};

// Writes a PNG.  Throws ValueError when there is nothing to draw, UnsupportedError when gnuplot is not
// installed, OutputError when it fails or `path` cannot be written.
void plot_history(const HistoryPlot& plot, const std::string& path);

// The commands that gnuplot is given, drawing into `path`.
std::string gnuplot_script(const HistoryPlot& plot, const std::string& path);

}  // namespace nudge::report
