// The schedules beside the plain ones of learning_rate.cc.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nudge/base/error.h"
#include "nudge/train/learning_rate.h"

namespace nudge::train {
namespace {

void check(bool holds, const char* name, double value, const char* rule) {
  if (!holds) throw ValueError(fmt::format("{} is {}, it must be {}", name, value, rule));
}

void check_factor(const char* name, double value) {
  check(value >= 0.0 && value <= 1.0, name, value, "within 0 and 1");
}

// From `from` at 0 to `to` at 1, along half a cosine.
double along_cosine(double part, double from, double to) {
  return to + (from - to) * 0.5 * (1.0 + std::cos(std::numbers::pi * part));
}

}  // namespace

RateSchedule cosine_restarts_rate(RestartOptions options) {
  check(options.first > 0, "first", options.first, "above 0");
  check(options.t_mul >= 1, "t_mul", options.t_mul, "1 or more");
  check(options.m_mul > 0, "m_mul", options.m_mul, "above 0");
  check_factor("end", options.end);
  return [options](double done, double) {
    const double periods = done / options.first, t = options.t_mul;
    double restart = std::floor(periods), part = periods - restart;
    if (t != 1) {
      restart = std::floor(std::log(1 - periods * (1 - t)) / std::log(t));
      part = (periods - (1 - std::pow(t, restart)) / (1 - t)) / std::pow(t, restart);
    }
    const double height = std::pow(options.m_mul, restart);
    return (1 - options.end) * 0.5 * height * (1 + std::cos(std::numbers::pi * part)) + options.end;
  };
}

RateSchedule exponential_rate(ExponentialOptions options) {
  check(options.every > 0, "every", options.every, "above 0");
  check(options.factor > 0, "factor", options.factor, "above 0");
  return [options](double done, double) { return std::pow(options.factor, done / options.every); };
}

RateSchedule polynomial_rate(PolynomialOptions options) {
  check_factor("end", options.end);
  check(options.power > 0, "power", options.power, "above 0");
  check(options.over >= 0, "over", options.over, "0 or more");
  return [options](double done, double epochs) {
    double over = options.over == 0 ? epochs : options.over;
    if (options.cycle && done > 0) over *= std::ceil(done / over);
    const double part = std::min(done / over, 1.0);
    return options.end + (1 - options.end) * std::pow(1 - part, options.power);
  };
}

RateSchedule piecewise_rate(PiecewiseOptions options) {
  if (options.factors.size() != options.at.size() + 1) {
    throw ValueError(fmt::format("{} epochs part the training in {}, {} factors are given", options.at.size(),
                                 options.at.size() + 1, options.factors.size()));
  }
  if (!std::is_sorted(options.at.begin(), options.at.end())) throw ValueError("the epochs must ascend");
  for (const double factor : options.factors) check(factor > 0, "factor", factor, "above 0");
  return [options](double done, double) {
    const auto next = std::lower_bound(options.at.begin(), options.at.end(), done);
    return options.factors[static_cast<size_t>(next - options.at.begin())];
  };
}

RateSchedule one_cycle_rate(OneCycleOptions options) {
  check(options.rise > 0 && options.rise < 1, "rise", options.rise, "between 0 and 1");
  check_factor("start", options.start);
  check_factor("end", options.end);
  return [options](double done, double epochs) {
    const double part = std::clamp(done / epochs, 0.0, 1.0);
    if (part < options.rise) return along_cosine(part / options.rise, options.start, 1.0);
    return along_cosine((part - options.rise) / (1 - options.rise), 1.0, options.end);
  };
}

}  // namespace nudge::train
