// A model's ranges as rows of a report.
#pragma once

#include <vector>

#include "nudge/quantize/ranges.h"
#include "nudge/report/html_report.h"
#include "nudge/train/history.h"

namespace nudge::cli {

// The history knows how saturated they were.
std::vector<report::RangeRow> range_rows(const quantize::Ranges& ranges, const train::History& history);

}  // namespace nudge::cli
