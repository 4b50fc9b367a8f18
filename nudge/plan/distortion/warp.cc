#include "nudge/plan/distortion/warp.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace nudge::plan {
namespace {

using ops::FillMode;

int64_t modulo(int64_t a, int64_t n) { return ((a % n) + n) % n; }

// The index within [0, size) that stands for one outside; -1 where that is the fill value.
int64_t inside(int64_t index, int64_t size, FillMode mode) {
  if (index >= 0 && index < size) return index;
  switch (mode) {
    case FillMode::kConstant:
      return -1;
    case FillMode::kNearest:
      return std::clamp<int64_t>(index, 0, size - 1);
    case FillMode::kWrap:
      return modulo(index, size);
    case FillMode::kReflect: {
      const int64_t at = modulo(index, 2 * size);
      return at < size ? at : 2 * size - 1 - at;
    }
    case FillMode::kMirror: {
      if (size == 1) return 0;
      const int64_t at = modulo(index, 2 * size - 2);
      return at < size ? at : 2 * size - 2 - at;
    }
  }
  return -1;
}

// Far outside is as far as an index can say.
double bounded(double place) { return std::clamp(place, -1e9, 1e9); }

class Sampler {
 public:
  Sampler(const Picture& picture, const ops::Sampling& sampling)
      : picture_(picture), sampling_(sampling), fill_(static_cast<float>(sampling.fill_value)) {}

  // All channels of the place (x, y).
  void take(double x, double y, float* result) const {
    if (!(std::isfinite(x) && std::isfinite(y))) {
      std::fill_n(result, picture_.channels, fill_);
    } else if (sampling_.interpolation == ops::Interpolation::kNearest) {
      std::fill_n(result, picture_.channels, 0.0f);
      add(std::llround(bounded(x)), std::llround(bounded(y)), 1.0, result);
    } else {
      x = bounded(x);
      y = bounded(y);
      const double left = std::floor(x), top = std::floor(y);
      const double right_share = x - left, bottom_share = y - top;
      const auto column = static_cast<int64_t>(left), row = static_cast<int64_t>(top);
      std::fill_n(result, picture_.channels, 0.0f);
      add(column, row, (1 - right_share) * (1 - bottom_share), result);
      add(column + 1, row, right_share * (1 - bottom_share), result);
      add(column, row + 1, (1 - right_share) * bottom_share, result);
      add(column + 1, row + 1, right_share * bottom_share, result);
    }
  }

 private:
  void add(int64_t column, int64_t row, double share, float* result) const {
    const int64_t x = inside(column, picture_.width, sampling_.fill_mode);
    const int64_t y = inside(row, picture_.height, sampling_.fill_mode);
    const bool outside = x < 0 || y < 0;
    const float* pixel = outside ? nullptr : picture_.at(y, x);
    const auto weight = static_cast<float>(share);
    for (int64_t c = 0; c < picture_.channels; ++c) result[c] += weight * (outside ? fill_ : pixel[c]);
  }

  const Picture& picture_;
  const ops::Sampling& sampling_;
  float fill_;
};

}  // namespace

void flip(const Picture& picture, bool horizontal, bool vertical, float* result) {
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x, result += picture.channels) {
      std::copy_n(picture.at(vertical ? picture.height - 1 - y : y, horizontal ? picture.width - 1 - x : x),
                  picture.channels, result);
    }
  }
}

void warp(const Picture& picture, const Projection& p, const ops::Sampling& sampling, float* result) {
  const Sampler sampler(picture, sampling);
  for (int64_t row = 0; row < picture.height; ++row) {
    for (int64_t column = 0; column < picture.width; ++column, result += picture.channels) {
      const auto x = static_cast<double>(column), y = static_cast<double>(row);
      const double k = p[6] * x + p[7] * y + 1;
      sampler.take((p[0] * x + p[1] * y + p[2]) / k, (p[3] * x + p[4] * y + p[5]) / k, result);
    }
  }
}

Projection rotation(const Picture& picture, double turns) {
  const double angle = 2 * std::numbers::pi * turns, cosine = std::cos(angle), sine = std::sin(angle);
  const double x = static_cast<double>(picture.width - 1) / 2,
               y = static_cast<double>(picture.height - 1) / 2;
  return {cosine, -sine, x - x * cosine + y * sine, sine, cosine, y - x * sine - y * cosine, 0, 0};
}

Projection zoom(const Picture& picture, double height, double width) {
  const double x = static_cast<double>(picture.width - 1) / 2,
               y = static_cast<double>(picture.height - 1) / 2;
  return {width, 0, x * (1 - width), 0, height, y * (1 - height), 0, 0};
}

Projection translation(double down, double right) { return {1, 0, -right, 0, 1, -down, 0, 0}; }

Projection shear(double x, double y) { return {1, x, 0, y, 1, 0, 0, 0}; }

Projection perspective(const Corners& from, const Corners& to) {
  // Eight equations for eight numbers, solved by elimination with the largest pivot.
  std::array<std::array<double, 9>, 8> rows{};
  for (size_t i = 0; i < 4; ++i) {
    const auto [from_x, from_y] = from[i];
    const auto [to_x, to_y] = to[i];
    rows[i] = {to_x, to_y, 1, 0, 0, 0, -from_x * to_x, -from_x * to_y, from_x};
    rows[i + 4] = {0, 0, 0, to_x, to_y, 1, -from_y * to_x, -from_y * to_y, from_y};
  }
  for (size_t k = 0; k < 8; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < 8; ++i) {
      if (std::abs(rows[i][k]) > std::abs(rows[pivot][k])) pivot = i;
    }
    std::swap(rows[k], rows[pivot]);
    for (size_t i = 0; i < 8; ++i) {
      if (i == k) continue;
      const double factor = rows[i][k] / rows[k][k];
      for (size_t j = k; j < 9; ++j) rows[i][j] -= factor * rows[k][j];
    }
  }
  Projection projection{};
  for (size_t k = 0; k < 8; ++k) projection[k] = rows[k][8] / rows[k][k];
  return projection;
}

void move_places(const Picture& picture, const float* dx, const float* dy, const ops::Sampling& sampling,
                 float* result) {
  const Sampler sampler(picture, sampling);
  for (int64_t row = 0; row < picture.height; ++row) {
    for (int64_t column = 0; column < picture.width; ++column, result += picture.channels, ++dx, ++dy) {
      sampler.take(static_cast<double>(column) + static_cast<double>(*dx),
                   static_cast<double>(row) + static_cast<double>(*dy), result);
    }
  }
}

}  // namespace nudge::plan
