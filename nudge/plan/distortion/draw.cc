#include "nudge/plan/distortion/draw.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nudge/plan/distortion/colors.h"
#include "nudge/plan/distortion/filters.h"
#include "nudge/plan/distortion/warp.h"

namespace nudge::plan {
namespace {

using ops::Interval;

class Draw {
 public:
  Draw(const Picture& picture, Random image, Random batch, float* result)
      : picture_(picture), image_(image), batch_(batch), result_(result) {}

  void operator()(const ops::RandomFlip& flips) {
    const bool now = image_.uniform() <= 0.5;
    flip(picture_, now && flips.horizontal, now && flips.vertical, result_);
  }
  void operator()(const ops::RandomRotation& r) {
    warp(picture_, rotation(picture_, from(r.turns)), r.sampling, result_);
  }
  void operator()(const ops::RandomZoom& z) {
    const double height = 1 + from(z.height);
    warp(picture_, zoom(picture_, height, z.width ? 1 + from(*z.width) : height), z.sampling, result_);
  }
  void operator()(const ops::RandomTranslation& t) {
    const double down = from(t.height) * height(), right = from(t.width) * width();
    warp(picture_, translation(down, right), t.sampling, result_);
  }
  void operator()(const ops::RandomShear& s) {
    const double sign = image_.uniform() > 0.5 ? -1 : 1, y = from(s.y), x = from(s.x);
    warp(picture_, shear(sign * x, sign * y), s.sampling, result_);
  }
  void operator()(const ops::RandomPerspective& p) {
    if (!happens(p.chance)) return as_it_is();
    const Corners corners{{{0, 0}, {width() - 1, 0}, {0, height() - 1}, {width() - 1, height() - 1}}};
    Corners moved = corners;
    for (auto& corner : moved) {
      for (double& place : corner) place += place * image_.uniform(-0.5 * p.scale, 0.5 * p.scale);
    }
    warp(picture_, perspective(corners, moved), p.sampling, result_);
  }
  void operator()(const ops::RandomElastic& e) {
    if (!happens(e.chance)) return as_it_is();
    const double scale = batch_.uniform(e.scale.low, e.scale.high);
    const double reach = std::max(height(), width()) * 0.1 * scale;
    const double sigma = std::min(height(), width()) * 0.05 * scale;
    if (!(sigma > 0)) return as_it_is();
    const std::vector<float> dx = smooth_noise(sigma, reach), dy = smooth_noise(sigma, reach);
    move_places(picture_, dx.data(), dy.data(), e.sampling, result_);
    keep_in(e.values);
  }
  void operator()(const ops::RandomBrightness& b) {
    brighten(picture_, from(b.factor) * (b.values.high - b.values.low), b.values, result_);
  }
  void operator()(const ops::RandomContrast& c) {
    // Keras draws from 1 - low to 1 + high.
    change_contrast(picture_, image_.uniform(1 - c.factor.low, 1 + c.factor.high), c.values, result_);
  }
  void operator()(const ops::RandomSaturation& s) {
    const double factor = from(s.factor);
    saturate(picture_, factor / (1 - factor + 1e-7), s.values, result_);
  }
  void operator()(const ops::RandomHue& h) {
    const double sign = image_.uniform() > 0.5 ? -1 : 1;
    turn_hue(picture_, sign * from(h.factor) * 0.5, h.values, result_);
  }
  void operator()(const ops::RandomColorDegeneration& d) {
    fade_to_gray(picture_, from(d.factor), d.values, result_);
  }
  void operator()(const ops::RandomSharpness& s) { sharpen(picture_, 2 * from(s.factor), s.values, result_); }
  void operator()(const ops::RandomPosterization& p) {
    const auto choices = static_cast<uint64_t>(std::max<int64_t>(1, p.high_bits - p.low_bits));
    posterize(picture_, p.low_bits + static_cast<int64_t>(image_.below(choices)), p.values, result_);
  }
  void operator()(const ops::RandomGrayscale& g) {
    if (!(image_.uniform() < g.chance)) return as_it_is();
    make_gray(picture_, result_);
  }
  void operator()(const ops::RandomInvert& i) {
    if (!happens(i.chance)) return as_it_is();
    invert(picture_, i.values, result_);
  }
  void operator()(const ops::RandomSolarization& s) {
    const double addition = image_.uniform(s.addition.low, s.addition.high * 255);
    solarize(picture_, addition, image_.uniform(s.threshold.low, s.threshold.high * 255), s.values, result_);
  }
  void operator()(const ops::RandomErasing& e) {
    Box box;
    span_of(width(), from(e.scale), box.x0, box.x1);
    span_of(height(), from(e.scale), box.y0, box.y1);
    if (!happens(e.chance)) return as_it_is();
    erase(picture_, box, e.fill, e.values, image_, result_);
  }
  void operator()(const ops::RandomGaussianBlur& b) {
    const double across = batch_.uniform(b.sigma.low, b.sigma.high) + 1e-6;
    const double down = batch_.uniform(b.sigma.low, b.sigma.high) + 1e-6;
    if (happens(b.chance)) {
      // Keras takes the kernel's first size across and its second downwards.
      blur(picture_, bell(b.kernel_size.width, down), bell(b.kernel_size.height, across), result_);
    } else {
      as_it_is();
    }
    keep_in(b.values);
  }

 private:
  double width() const { return static_cast<double>(picture_.width); }
  double height() const { return static_cast<double>(picture_.height); }

  double from(const Interval& interval) { return image_.uniform(interval.low, interval.high); }
  bool happens(const Interval& chance) {
    const double probability = from(chance);
    return image_.uniform() < probability;
  }

  void as_it_is() { std::copy_n(picture_.pixels, picture_.size(), result_); }

  void keep_in(const Interval& values) {
    const auto low = static_cast<float>(values.low), high = static_cast<float>(values.high);
    for (int64_t i = 0; i < picture_.size(); ++i) result_[i] = std::min(std::max(result_[i], low), high);
  }

  // A span that covers the root of `share` of a side.
  void span_of(double side, double share, double& begin, double& end) {
    const double length = std::sqrt(share) * side;
    begin = image_.uniform() * (side - length);
    end = begin + length;
  }

  std::vector<float> smooth_noise(double sigma, double reach) {
    std::vector<float> noise(static_cast<size_t>(picture_.height * picture_.width)), smooth(noise.size());
    for (float& value : noise) value = static_cast<float>(image_.normal() * sigma);
    const std::vector<double> window = bell(static_cast<int64_t>(6 * sigma) | 1, sigma);
    blur({noise.data(), picture_.height, picture_.width, 1}, window, window, smooth.data());
    for (float& value : smooth) value *= static_cast<float>(reach);
    return smooth;
  }

  const Picture& picture_;
  Random image_;
  Random batch_;
  float* result_;
};

}  // namespace

void distort(const ops::Distortion& distortion, const Picture& picture, Random image, Random batch,
             float* result) {
  Draw draw(picture, image, batch, result);
  std::visit(draw, distortion.what);
}

}  // namespace nudge::plan
