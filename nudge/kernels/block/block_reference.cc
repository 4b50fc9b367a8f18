#include "nudge/kernels/block/block_reference.h"

#include <algorithm>
#include <cmath>

namespace nudge::kernels {

// Calls body(output, input, weight) with the indices of every multiplication.
template <class Body>
void BlockReference::for_each_term(const Body& body) const {
  const BlockOptions& o = in_.options;
  if (o.product == BlockProduct::kNone) return;
  const bool depthwise = o.product == BlockProduct::kDepthwiseConv2D;
  const int64_t multiplier = depthwise ? o.out_channels / o.in_channels : 1;
  for (int64_t n = 0; n < in_.batch; ++n) {
    for (int64_t oy = 0; oy < out_height_; ++oy) {
      for (int64_t ox = 0; ox < out_width_; ++ox) {
        for (int64_t ky = 0; ky < o.kernel_height; ++ky) {
          for (int64_t kx = 0; kx < o.kernel_width; ++kx) {
            const int64_t iy = oy * o.stride_height - o.pad_top + ky * o.dilation_height;
            const int64_t ix = ox * o.stride_width - o.pad_left + kx * o.dilation_width;
            if (iy < 0 || iy >= o.in_height || ix < 0 || ix >= o.in_width) continue;
            const int64_t pixel = ((n * o.in_height + iy) * o.in_width + ix) * o.in_channels;
            const int64_t out = ((n * out_height_ + oy) * out_width_ + ox) * o.out_channels;
            const int64_t tap = ky * o.kernel_width + kx;
            for (int64_t c = 0; c < o.out_channels; ++c) {
              if (depthwise) {
                body(static_cast<size_t>(out + c), static_cast<size_t>(pixel + c / multiplier),
                     static_cast<size_t>(tap * o.out_channels + c));
                continue;
              }
              for (int64_t i = 0; i < o.in_channels; ++i) {
                body(static_cast<size_t>(out + c), static_cast<size_t>(pixel + i),
                     static_cast<size_t>((tap * o.in_channels + i) * o.out_channels + c));
              }
            }
          }
        }
      }
    }
  }
}

BlockReference::BlockReference(const ReferenceInputs& inputs) : in_(inputs) {
  const BlockOptions& o = in_.options;
  const size_t channels = static_cast<size_t>(o.out_channels);
  out_height_ = (o.in_height + o.pad_top + o.pad_bottom - (o.kernel_height - 1) * o.dilation_height - 1) /
                    o.stride_height +
                1;
  out_width_ =
      (o.in_width + o.pad_left + o.pad_right - (o.kernel_width - 1) * o.dilation_width - 1) / o.stride_width +
      1;
  const size_t pixels = static_cast<size_t>(in_.batch * out_height_ * out_width_);
  product_.assign(pixels * channels, 0.0);
  if (o.product == BlockProduct::kNone) product_ = in_.x;
  for_each_term([&](size_t out, size_t x, size_t w) { product_[out] += in_.x[x] * in_.kernel[w]; });
  for (size_t i = 0; i < product_.size() && !in_.bias.empty(); ++i) product_[i] += in_.bias[i % channels];
  affine_ = normalised_ = product_;
  if (o.batch_norm) {
    mean_ = in_.moving_mean;
    variance_ = in_.moving_variance;
    if (in_.training) {
      mean_.assign(channels, 0.0);
      variance_.assign(channels, 0.0);
      const double count = static_cast<double>(pixels);
      for (size_t i = 0; i < product_.size(); ++i) mean_[i % channels] += product_[i] / count;
      for (size_t i = 0; i < product_.size(); ++i) {
        const double d = product_[i] - mean_[i % channels];
        variance_[i % channels] += d * d / count;
      }
    }
    for (size_t i = 0; i < product_.size(); ++i) {
      const size_t c = i % channels;
      normalised_[i] = (product_[i] - mean_[c]) / std::sqrt(variance_[c] + static_cast<double>(o.epsilon));
      affine_[i] =
          normalised_[i] * (in_.gamma.empty() ? 1.0 : in_.gamma[c]) + (in_.beta.empty() ? 0.0 : in_.beta[c]);
    }
  }
  activated_ = affine_;
  if (o.activation.relu) {
    for (double& v : activated_) {
      if (v < 0) v *= static_cast<double>(o.activation.negative_slope);
      v = std::min(v, static_cast<double>(o.activation.max_value));
    }
  }
}

MinMax BlockReference::range() const {
  const auto [low, high] = std::minmax_element(activated_.begin(), activated_.end());
  return {static_cast<float>(*low), static_cast<float>(*high)};
}

double BlockReference::slope(size_t i, const Grid* grid) const {
  const BlockActivation& a = in_.options.activation;
  double slope = 1.0;
  if (a.relu && affine_[i] <= 0) slope = static_cast<double>(a.negative_slope);
  if (a.relu && affine_[i] >= static_cast<double>(a.max_value)) slope = 0.0;
  const bool cut = grid != nullptr && !grid->degenerate() &&
                   (activated_[i] < static_cast<double>(grid->nudged_min) ||
                    activated_[i] > static_cast<double>(grid->nudged_max));
  return cut ? 0.0 : slope;
}

std::vector<bool> BlockReference::fragile(const Grid* grid) const {
  Doubles bends;
  if (in_.options.activation.relu) bends = {0.0, static_cast<double>(in_.options.activation.max_value)};
  if (grid != nullptr) {
    bends.push_back(static_cast<double>(grid->nudged_min));
    bends.push_back(static_cast<double>(grid->nudged_max));
  }
  std::vector<bool> fragile(affine_.size());
  for (size_t i = 0; i < affine_.size(); ++i) {
    for (const double bend : bends) {
      fragile[i] = fragile[i] || std::abs(affine_[i] - bend) < 1e-3 || std::abs(activated_[i] - bend) < 1e-3;
    }
  }
  return fragile;
}

BlockReference::Gradients BlockReference::backward(const Doubles& dy, const Grid* grid) const {
  const BlockOptions& o = in_.options;
  const size_t channels = static_cast<size_t>(o.out_channels);
  Gradients g;
  g.gamma.assign(channels, 0.0);
  g.beta.assign(channels, 0.0);
  g.bias.assign(channels, 0.0);
  Doubles d = dy;
  for (size_t i = 0; i < d.size(); ++i) d[i] *= slope(i, grid);
  if (o.batch_norm) {
    for (size_t i = 0; i < d.size(); ++i) {
      g.gamma[i % channels] += d[i] * normalised_[i];
      g.beta[i % channels] += d[i];
    }
    const double count = static_cast<double>(d.size()) / static_cast<double>(channels);
    for (size_t i = 0; i < d.size(); ++i) {
      const size_t c = i % channels;
      const double through =
          (in_.gamma.empty() ? 1.0 : in_.gamma[c]) / std::sqrt(variance_[c] + static_cast<double>(o.epsilon));
      if (in_.training) d[i] -= g.beta[c] / count + normalised_[i] * g.gamma[c] / count;
      d[i] *= through;
    }
  }
  for (size_t i = 0; i < d.size(); ++i) g.bias[i % channels] += d[i];
  g.x = o.product == BlockProduct::kNone ? d : Doubles(in_.x.size());
  g.kernel.assign(in_.kernel.size(), 0.0);
  for_each_term([&](size_t out, size_t x, size_t w) {
    g.x[x] += d[out] * in_.kernel[w];
    g.kernel[w] += d[out] * in_.x[x];
  });
  return g;
}

}  // namespace nudge::kernels
