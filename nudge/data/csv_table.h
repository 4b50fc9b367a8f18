// Tables in text files: comma-separated (RFC 4180), or by tabs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nudge::data {

struct CsvRow {
  int64_t line = 0;  // where it begins, from 1
  std::vector<std::string> cells;
};

// Cells may stand in double quotes, a double quote in them twice; empty lines are passed over.  Throws
// InputError, starting with `name`, on a quote that is never closed or has words behind it.
std::vector<CsvRow> parse_csv(const std::string& text, char separator, const std::string& name);

}  // namespace nudge::data
