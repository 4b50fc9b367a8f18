// Tables of text for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nudge::report {

// One model in a comparison.
struct ComparisonRow {
  std::string file;
  std::string kind;     // "float", "QAT", "PTQ int8", ...
  std::string runtime;  // what computed the accuracy
  double accuracy = 0.0;
  int64_t bytes = 0;  // the file's size
};

// Columns as wide as their widest cell, two blanks apart, a rule below the header.  Columns named in
// `right_aligned` (by index) are flush right.  Throws ValueError when a row has another number of cells.
std::string render_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows,
                         const std::vector<size_t>& right_aligned = {});

// file, kind, runtime, accuracy, size.
std::string comparison_table(const std::vector<ComparisonRow>& rows);

// "612 B", "2.4 KB", "8.90 MB": powers of 1000.
std::string human_size(int64_t bytes);

}  // namespace nudge::report
