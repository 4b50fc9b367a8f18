// A model's ranges as rows of a report.
#pragma once

#include <vector>

#include "nudge/quantize/ranges.h"
#include "nudge/report/html_report.h"

namespace nudge::cli {

std::vector<report::RangeRow> range_rows(const quantize::Ranges& ranges);

}  // namespace nudge::cli
