#include "nudge/plan/distortion/filters.h"

#include <algorithm>
#include <cmath>

namespace nudge::plan {
void sharpen(const Picture& picture, double factor, const ops::Interval& values, float* result) {
  const auto value_at = [&](int64_t y, int64_t x, int64_t c) {
    const bool inside = y >= 0 && x >= 0 && y < picture.height && x < picture.width;
    return inside ? static_cast<double>(picture.at(y, x)[c]) : 0.0;
  };
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      for (int64_t c = 0; c < picture.channels; ++c, ++result) {
        const double own = value_at(y, x, c);
        double smooth = 4 * own;
        for (int64_t dy = -1; dy <= 1; ++dy) {
          for (int64_t dx = -1; dx <= 1; ++dx) smooth += value_at(y + dy, x + dx, c);
        }
        *result = kept_in(own + (1 - factor) * (smooth / 13 - own), values);
      }
    }
  }
}

std::vector<double> bell(int64_t size, double sigma) {
  std::vector<double> samples;
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double x = (static_cast<double>(i) - static_cast<double>(size - 1) / 2) / sigma;
    samples.push_back(std::exp(-0.5 * x * x));
    sum += samples.back();
  }
  for (double& sample : samples) sample /= sum;
  return samples;
}

void blur(const Picture& picture, const std::vector<double>& rows, const std::vector<double>& columns,
          float* result) {
  const int64_t stride = picture.width * picture.channels;
  std::vector<double> across(static_cast<size_t>(picture.size()), 0.0);
  const auto column_middle = static_cast<int64_t>(columns.size() / 2);
  for (int64_t i = 0; i < picture.size(); ++i) {
    const int64_t x = i % stride / picture.channels;
    for (int64_t k = 0; k < static_cast<int64_t>(columns.size()); ++k) {
      const int64_t from = x + k - column_middle;
      if (from < 0 || from >= picture.width) continue;
      across[static_cast<size_t>(i)] +=
          columns[static_cast<size_t>(k)] *
          static_cast<double>(picture.pixels[i + (from - x) * picture.channels]);
    }
  }
  const auto row_middle = static_cast<int64_t>(rows.size() / 2);
  for (int64_t i = 0; i < picture.size(); ++i) {
    const int64_t y = i / stride;
    double sum = 0;
    for (int64_t k = 0; k < static_cast<int64_t>(rows.size()); ++k) {
      const int64_t from = y + k - row_middle;
      if (from < 0 || from >= picture.height) continue;
      sum += rows[static_cast<size_t>(k)] * across[static_cast<size_t>(i + (from - y) * stride)];
    }
    result[i] = static_cast<float>(sum);
  }
}

void erase(const Picture& picture, const Box& box, const std::vector<double>& fill,
           const ops::Interval& values, Random& random, float* result) {
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x, result += picture.channels) {
      const auto column = static_cast<double>(x), row = static_cast<double>(y);
      const bool inside = column >= box.x0 && column < box.x1 && row >= box.y0 && row < box.y1;
      for (int64_t c = 0; c < picture.channels; ++c) {
        if (!inside) {
          result[c] = picture.at(y, x)[c];
        } else {
          const double value = fill.empty() ? random.normal() * values.high
                                            : fill[fill.size() == 1 ? 0 : static_cast<size_t>(c)];
          result[c] = kept_in(value, values);
        }
      }
    }
  }
}

}  // namespace nudge::plan
