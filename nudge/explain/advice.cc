#include "nudge/explain/advice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nudge::explain {
namespace {

// A value on 256 steps that fill its range is some 40 dB above its error, and one on 16 steps 20 dB.
constexpr double kPoor = 20;
constexpr int kFewCodes = 64;
constexpr double kManySaturated = 0.01;
constexpr double kMuchCoarser = 1.25;
constexpr double kFarApart = 3;

}  // namespace

std::string advice(const LayerError& error) {
  if (!error.island.empty()) return "computes in float: " + error.island;
  if (error.saturated > kManySaturated) {
    return fmt::format(
        "{:.1f}% of its values lie beyond its range: show quantize --calibrate more data, or train on",
        100 * error.saturated);
  }
  if (error.scale_move > kMuchCoarser && error.parted >= kFarApart) {
    return fmt::format(
        "portable scales made its weights up to {:.2f} times coarser: train on, or see convert "
        "--scales trained",
        error.scale_move);
  }
  if (error.own_sqnr >= kPoor) return "";
  if (error.codes < kFewCodes) {
    return fmt::format(
        "only {} of its 256 codes occur: its range is wider than its values, which more epochs "
        "or quantize --calibrate narrow",
        error.codes);
  }
  return fmt::format("loses most to 8 bits: quantize --keep-float '{}' leaves it in float",
                     fmt::join(error.together, "|"));
}

}  // namespace nudge::explain
