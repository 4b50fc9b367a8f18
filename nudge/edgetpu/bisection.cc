#include "nudge/edgetpu/bisection.h"

namespace nudge::edgetpu {
namespace {

// The smallest of the numbers low to high that `fails`, high itself untried.
size_t first_failing(size_t low, size_t high, const std::function<bool(size_t)>& fails) {
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (fails(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

std::vector<Culprit> find_culprits(size_t operators, const std::vector<size_t>& candidates,
                                   const Trial& trial) {
  std::vector<Culprit> culprits;
  for (const size_t op : candidates) {
    std::string failure = trial(op, op);
    if (!failure.empty()) culprits.push_back({op, op, std::move(failure)});
  }
  if (!culprits.empty() || operators < 2) return culprits;
  const size_t last = first_failing(0, operators - 1, [&](size_t end) { return !trial(0, end).empty(); });
  // The later it begins the less fails, so what is sought is how many can go at the front.
  const size_t kept =
      first_failing(0, last, [&](size_t count) { return !trial(last - count, last).empty(); });
  const size_t first = last - kept;
  std::string failure = trial(first, last);
  if (!failure.empty()) culprits.push_back({first, last, std::move(failure)});
  return culprits;
}

}  // namespace nudge::edgetpu
