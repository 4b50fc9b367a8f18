#include "nudge/plan/distortion/colors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace nudge::plan {
namespace {

struct Rgb {
  double red, green, blue;
};

struct Hsv {
  double hue, saturation, value;
};

Hsv hsv_of(Rgb color) {
  for (double* c : {&color.red, &color.green, &color.blue}) {
    if (std::abs(*c) < static_cast<double>(std::numeric_limits<float>::epsilon())) *c = 0;
  }
  const auto [r, g, b] = color;
  const double value = std::max({r, g, b}), range = value - std::min({r, g, b});
  const double norm = range > 0 ? 1 / (6 * range) : 0;
  double hue = value == g ? norm * (b - r) + 2.0 / 6 : norm * (r - g) + 4.0 / 6;
  if (value == r) hue = norm * (g - b);
  if (!(range > 0)) hue = 0;
  return {hue < 0 ? hue + 1 : hue, value > 0 ? range / value : 0, value};
}

Rgb rgb_of(const Hsv& color) {
  const double turn = (color.hue - std::floor(color.hue)) * 6;
  const auto part = [&](double share) {
    return color.value * (1 - color.saturation + color.saturation * std::clamp(share, 0.0, 1.0));
  };
  return {part(std::abs(turn - 3) - 1), part(2 - std::abs(turn - 2)), part(2 - std::abs(turn - 4))};
}

template <typename Change>
void each_value(const Picture& picture, float* result, const Change& change) {
  for (int64_t i = 0; i < picture.size(); ++i) result[i] = change(static_cast<double>(picture.pixels[i]));
}

template <typename Change>
void each_color(const Picture& picture, float* result, const Change& change) {
  for (int64_t i = 0; i + 2 < picture.size(); i += 3) {
    const float* p = picture.pixels + i;
    const Rgb color =
        change(Rgb{static_cast<double>(p[0]), static_cast<double>(p[1]), static_cast<double>(p[2])});
    result[i] = static_cast<float>(color.red);
    result[i + 1] = static_cast<float>(color.green);
    result[i + 2] = static_cast<float>(color.blue);
  }
}

double gray_of(const Rgb& color) { return 0.2989 * color.red + 0.5870 * color.green + 0.1140 * color.blue; }

double width_of(const ops::Interval& values) { return values.high - values.low; }

}  // namespace

void brighten(const Picture& picture, double added, const ops::Interval& values, float* result) {
  each_value(picture, result, [&](double v) { return kept_in(v + added, values); });
}

void change_contrast(const Picture& picture, double factor, const ops::Interval& values, float* result) {
  std::vector<double> mean(static_cast<size_t>(picture.channels), 0.0);
  for (int64_t i = 0; i < picture.size(); ++i) {
    mean[static_cast<size_t>(i % picture.channels)] += static_cast<double>(picture.pixels[i]);
  }
  for (double& m : mean) m /= static_cast<double>(picture.height * picture.width);
  for (int64_t i = 0; i < picture.size(); ++i) {
    const double m = mean[static_cast<size_t>(i % picture.channels)];
    result[i] = kept_in((static_cast<double>(picture.pixels[i]) - m) * factor + m, values);
  }
}

void saturate(const Picture& picture, double factor, const ops::Interval& values, float* result) {
  each_color(picture, result, [&](const Rgb& color) {
    Hsv hsv = hsv_of(color);
    // Keras keeps the saturation, not the colour, within the range of pixels.
    hsv.saturation = static_cast<double>(kept_in(hsv.saturation * factor, values));
    return rgb_of(hsv);
  });
}

void turn_hue(const Picture& picture, double turns, const ops::Interval& values, float* result) {
  const double low = values.low, width = width_of(values);
  const auto to_unit = [&](double v) { return (v - low) / width; };
  const auto from_unit = [&](double v) { return std::clamp(v, 0.0, 1.0) * width + low; };
  each_color(picture, result, [&](const Rgb& color) {
    Hsv hsv = hsv_of({to_unit(color.red), to_unit(color.green), to_unit(color.blue)});
    hsv.hue += turns;
    if (hsv.hue > 1) hsv.hue -= 1;
    if (hsv.hue < 0) hsv.hue += 1;
    const Rgb turned = rgb_of(hsv);
    return Rgb{from_unit(turned.red), from_unit(turned.green), from_unit(turned.blue)};
  });
}

void fade_to_gray(const Picture& picture, double factor, const ops::Interval& values, float* result) {
  each_color(picture, result, [&](const Rgb& color) {
    const double gray = gray_of(color);
    const auto faded = [&](double v) {
      return static_cast<double>(kept_in(v + factor * (gray - v), values));
    };
    return Rgb{faded(color.red), faded(color.green), faded(color.blue)};
  });
}

void make_gray(const Picture& picture, float* result) {
  each_color(picture, result, [](const Rgb& color) {
    const double gray = gray_of(color);
    return Rgb{gray, gray, gray};
  });
}

void invert(const Picture& picture, const ops::Interval& values, float* result) {
  each_value(picture, result, [&](double v) { return static_cast<float>(values.high - v); });
}

void posterize(const Picture& picture, int64_t bits, const ops::Interval& values, float* result) {
  const double width = width_of(values);
  const auto step = static_cast<int>(1 << (8 - bits));
  each_value(picture, result, [&](double v) {
    const int code = static_cast<int>(std::clamp((v - values.low) * 255 / width, 0.0, 255.0));
    return static_cast<float>(code / step * step / 255.0 * width + values.low);
  });
}

void solarize(const Picture& picture, double addition, double threshold, const ops::Interval& values,
              float* result) {
  const double width = width_of(values);
  each_value(picture, result, [&](double v) {
    const double bright = std::clamp((v - values.low) * 255 / width + addition, 0.0, 255.0);
    return static_cast<float>((bright < threshold ? bright : 255 - bright) / 255 * width + values.low);
  });
}

}  // namespace nudge::plan
