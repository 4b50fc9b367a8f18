// The report of a run: one HTML file that needs nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nudge/report/layer_errors.h"
#include "nudge/report/table.h"

namespace nudge::report {

// One quantizer's range at the end of training.
struct RangeRow {
  std::string name;
  double min = 0.0;
  double max = 0.0;
  double scale = 0.0;
  int zero_point = 0;
  int64_t updates = 0;
  double distance = 0.0;             // how far the range still moves, relative to its width
  std::optional<double> saturation;  // the share of values at its ends, where that was measured
  bool converged = false;
};

struct HtmlReport {
  std::string title;
  std::vector<std::string> story;  // a paragraph each
  std::vector<ComparisonRow> models;
  std::string picture;  // a PNG file to embed; empty: none
  std::string picture_caption;
  std::vector<LayerErrorRow> layers;  // in the model's order
  std::vector<RangeRow> ranges;
  std::vector<std::pair<std::string, std::string>> settings;
};

// The whole document.  Throws InputError when the picture cannot be read.
std::string render_html(const HtmlReport& report);

// Throws OutputError when `path` cannot be written.
void write_html_report(const HtmlReport& report, const std::string& path);

// & < > " ' as entities.
std::string escape_html(const std::string& text);

}  // namespace nudge::report
