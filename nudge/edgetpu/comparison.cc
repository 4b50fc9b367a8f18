#include "nudge/edgetpu/comparison.h"

#include <fmt/format.h>

#include <map>

namespace nudge::edgetpu {
namespace {

struct Counts {
  int64_t expected = 0, mapped = 0, all = 0;
};

}  // namespace

std::vector<std::string> surprises(const Prediction& prediction, const std::vector<LogRow>& log) {
  std::map<std::string, Counts> kinds;
  for (const OperatorPrediction& op : prediction.operators) {
    kinds[op.op.substr(0, op.op.find(' '))].expected += op.status == Status::kMapped ? 1 : 0;
  }
  for (const LogRow& row : log) {
    Counts& counts = kinds[row.op];
    counts.all += row.count;
    if (status_from(row.status) == Status::kMapped) counts.mapped += row.count;
  }
  std::vector<std::string> lines;
  for (const auto& [op, counts] : kinds) {
    if (counts.expected == counts.mapped) continue;
    lines.push_back(
        fmt::format("{}: {} of {} mapped, {} were expected", op, counts.mapped, counts.all, counts.expected));
  }
  return lines;
}

}  // namespace nudge::edgetpu
