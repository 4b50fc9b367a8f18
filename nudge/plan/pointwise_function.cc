#include "nudge/plan/pointwise_function.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "nudge/base/error.h"

namespace nudge::plan {
namespace {

using ops::Activation;
using ops::Function;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Point {
  float y;
  float slope;
};

Point relu(const Activation& form, float x) {
  const auto threshold = static_cast<float>(form.threshold), below = static_cast<float>(form.negative_slope);
  const float most = form.max_value ? static_cast<float>(*form.max_value) : kInfinity;
  const bool above = x > threshold;
  const float y = above ? x : below * (x - threshold);
  return y >= most ? Point{most, 0.0f} : Point{y, above ? 1.0f : below};
}

Point gelu(float x) {
  const float below = 0.5f * (1.0f + std::erf(x * std::numbers::sqrt2_v<float> * 0.5f));
  const float density =
      std::exp(-0.5f * x * x) * std::numbers::inv_sqrtpi_v<float> * std::numbers::sqrt2_v<float> * 0.5f;
  return {x * below, below + x * density};
}

Point gelu_tanh(float x) {
  constexpr float kCube = 0.044715f;
  const float factor = std::numbers::sqrt2_v<float> * std::numbers::inv_sqrtpi_v<float>;
  const float t = std::tanh(factor * (x + kCube * x * x * x));
  const float inner = factor * (1.0f + 3.0f * kCube * x * x);
  return {0.5f * x * (1.0f + t), 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * inner};
}

Point hard_swish(float x) {
  const float y = x * std::min(std::max(x + 3.0f, 0.0f), 6.0f) / 6.0f;
  return {y, x < -3.0f ? 0.0f : x <= 3.0f ? x / 3.0f + 0.5f : 1.0f};
}

Point clip(const Activation& form, float x) {
  const float low = form.min_value ? static_cast<float>(*form.min_value) : -kInfinity;
  const float high = form.max_value ? static_cast<float>(*form.max_value) : kInfinity;
  return {std::isnan(x) ? x : std::min(std::max(x, low), high), x >= low && x <= high ? 1.0f : 0.0f};
}

// Calls `at` for each number; without slopes the compiler leaves out what they would cost.
template <class At>
void each(const float* x, int64_t n, float* y, float* slope, const At& at) {
  if (slope == nullptr) {
    for (int64_t i = 0; i < n; ++i) y[i] = at(x[i]).y;
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    const Point point = at(x[i]);
    y[i] = point.y;
    slope[i] = point.slope;
  }
}

}  // namespace

bool is_pointwise(const Activation& activation) {
  return activation.function != Function::kSoftmax && activation.function != Function::kLogSoftmax;
}

void apply_pointwise(const Activation& form, const float* x, int64_t n, float* y, float* slope) {
  const auto with = [&](const auto& at) { each(x, n, y, slope, at); };
  switch (form.function) {
    case Function::kLinear:
      return with([](float v) { return Point{v, 1.0f}; });
    case Function::kRelu:
      return with([&](float v) { return relu(form, v); });
    case Function::kSigmoid:
      return with([](float v) {
        const float s = 1.0f / (1.0f + std::exp(-v));
        return Point{s, s * (1.0f - s)};
      });
    case Function::kTanh:
      return with([](float v) {
        const float t = std::tanh(v);
        return Point{t, 1.0f - t * t};
      });
    case Function::kElu:
      return with([](float v) {
        const float below = std::expm1(v);
        return v > 0.0f ? Point{v, 1.0f} : Point{below, below + 1.0f};
      });
    case Function::kGelu:
      return with(gelu);
    case Function::kGeluTanh:
      return with(gelu_tanh);
    case Function::kHardSwish:
      return with(hard_swish);
    case Function::kClip:
      return with([&](float v) { return clip(form, v); });
    case Function::kExp:
      return with([](float v) { return Point{std::exp(v), std::exp(v)}; });
    case Function::kLog:
      return with([](float v) { return Point{std::log(v), 1.0f / v}; });
    case Function::kSqrt:
      return with([](float v) { return Point{std::sqrt(v), 0.5f / std::sqrt(v)}; });
    case Function::kRsqrt:
      return with([](float v) {
        const float r = 1.0f / std::sqrt(v);
        return Point{r, -0.5f * r * r * r};
      });
    case Function::kSquare:
      return with([](float v) { return Point{v * v, 2.0f * v}; });
    case Function::kAbs:
      return with([](float v) { return Point{std::abs(v), v > 0.0f ? 1.0f : v < 0.0f ? -1.0f : 0.0f}; });
    case Function::kNegative:
      return with([](float v) { return Point{-v, -1.0f}; });
    case Function::kSin:
      return with([](float v) { return Point{std::sin(v), std::cos(v)}; });
    case Function::kCos:
      return with([](float v) { return Point{std::cos(v), -std::sin(v)}; });
    case Function::kFloor:
      return with([](float v) { return Point{std::floor(v), 0.0f}; });
    case Function::kSign:
      return with([](float v) { return Point{v > 0.0f ? 1.0f : v < 0.0f ? -1.0f : v, 0.0f}; });
    case Function::kSoftmax:
    case Function::kLogSoftmax:
      break;
  }
  throw UnsupportedError("a function of several numbers is none of one");
}

}  // namespace nudge::plan
