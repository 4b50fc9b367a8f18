#include "nudge/report/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/error.h"

namespace nudge::report {
namespace {

// Characters, not bytes: continuation bytes of UTF-8 take no column.
size_t columns_of(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<size_t>& widths,
                    const std::vector<size_t>& right_aligned) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string blanks(widths[i] - columns_of(cells[i]), ' ');
    const bool right = std::ranges::find(right_aligned, i) != right_aligned.end();
    line += (i == 0 ? "" : "  ") + (right ? blanks + cells[i] : cells[i] + blanks);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string render_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows,
                         const std::vector<size_t>& right_aligned) {
  std::vector<size_t> widths;
  for (const std::string& cell : header) widths.push_back(columns_of(cell));
  for (const auto& row : rows) {
    if (row.size() != header.size()) {
      throw ValueError(fmt::format("table: a row has {} cells, the header {}", row.size(), header.size()));
    }
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::vector<std::string> rules;
  for (const size_t width : widths) rules.emplace_back(width, '-');
  std::string table = line_of(header, widths, right_aligned) + line_of(rules, widths, right_aligned);
  for (const auto& row : rows) table += line_of(row, widths, right_aligned);
  return table;
}

std::string human_size(int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (bytes < 1000000) return fmt::format("{:.1f} KB", value / 1e3);
  return fmt::format("{:.2f} MB", value / 1e6);
}

std::string comparison_table(const std::vector<ComparisonRow>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const ComparisonRow& row : rows) {
    cells.push_back(
        {row.file, row.kind, row.runtime, fmt::format("{:.4f}", row.accuracy), human_size(row.bytes)});
  }
  return render_table({"file", "kind", "runtime", "accuracy", "size"}, cells, {3, 4});
}

}  // namespace nudge::report
