#include "nudge/report/layer_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nudge/report/table.h"

namespace nudge::report {

std::vector<LayerErrorRow> worst_layers(std::vector<LayerErrorRow> rows, size_t count) {
  std::ranges::stable_sort(rows, {}, &LayerErrorRow::own);
  std::vector<LayerErrorRow> chosen;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i < count || !rows[i].note.empty()) chosen.push_back(std::move(rows[i]));
  }
  return chosen;
}

std::string decibels_text(double ratio) {
  return std::isfinite(ratio) ? fmt::format("{:.1f}", ratio) : "exact";
}

std::string added_text(double ratio) { return std::isfinite(ratio) ? decibels_text(ratio) : "-"; }

std::string layer_error_table(const std::vector<LayerErrorRow>& rows) {
  std::vector<std::vector<std::string>> cells;
  std::string notes;
  for (const LayerErrorRow& row : rows) {
    cells.push_back({row.layer, decibels_text(row.simulated), decibels_text(row.file), added_text(row.own),
                     fmt::format("{:.1f}", row.largest), fmt::format("{:.2f}%", 100 * row.beyond)});
    if (!row.note.empty()) notes += row.layer + ": " + row.note + "\n";
  }
  return render_table({"layer", "simulation dB", "file dB", "own dB", "largest, steps", "beyond range"},
                      cells, {1, 2, 3, 4, 5}) +
         (notes.empty() ? "" : "\n" + notes);
}

}  // namespace nudge::report
