#include "nudge/post_training/calibration_method.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "nudge/base/error.h"

namespace nudge::post_training {
namespace {

constexpr std::array<std::pair<const char*, CalibrationMethod>, 5> kNames = {
    {{"average", CalibrationMethod::kAverage},
     {"minmax", CalibrationMethod::kMinMax},
     {"percentile", CalibrationMethod::kPercentile},
     {"mse", CalibrationMethod::kSquaredError},
     {"entropy", CalibrationMethod::kEntropy}}};

double percentile_of(const std::string& text, const std::string& number) {
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || end != number.data() + number.size() || !(value > 50 && value <= 100))
    throw ValueError(fmt::format("calibration '{}': the percentile is a number above 50, at most 100", text));
  return value;
}

}  // namespace

Calibration calibration_from_string(const std::string& text) {
  const size_t colon = text.find(':');
  for (const auto& [name, method] : kNames) {
    if (text.substr(0, colon) != name) continue;
    if (colon == std::string::npos) return {.method = method};
    if (method == CalibrationMethod::kPercentile)
      return {.method = method, .percentile = percentile_of(text, text.substr(colon + 1))};
  }
  throw ValueError(
      fmt::format("calibration '{}': it is average, minmax, percentile, percentile:P, mse or entropy", text));
}

std::string to_string(const Calibration& calibration) {
  for (const auto& [name, method] : kNames) {
    if (method != calibration.method) continue;
    const bool plain =
        method != CalibrationMethod::kPercentile || calibration == Calibration{.method = method};
    return plain ? name : fmt::format("{}:{}", name, calibration.percentile);
  }
  return "";
}

Limits limits_of(const ValueHistogram& values, const Calibration& calibration, int bits) {
  switch (calibration.method) {
    case CalibrationMethod::kMinMax:
      return {values.min(), values.max()};
    case CalibrationMethod::kPercentile:
      return clip_at_percentile(values, calibration.percentile);
    case CalibrationMethod::kSquaredError:
      return clip_by_squared_error(values, bits);
    case CalibrationMethod::kEntropy:
      return clip_by_entropy(values, bits);
    case CalibrationMethod::kAverage:
      break;
  }
  throw ValueError("an average of batches' extremes cannot be read off a histogram");
}

}  // namespace nudge::post_training
