#include "nudge/convert/fold.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nudge/convert/portable_scale.h"

namespace nudge::convert {
namespace {

// The largest bias that leaves the accumulator room: 2^30, and as much again for the products.
constexpr double kLargestBias = 1073741824.0;

// The least scale of a channel: its bias fits, and the requantization multiplier
// input_scale * scale / output_scale keeps its 31 significant bits above the smallest exponent.
double least_scale(double offset, double input_scale, double output_scale) {
  const double for_bias = std::abs(offset) / (input_scale * kLargestBias);
  const double for_multiplier = output_scale / input_scale / kLargestBias;
  const double normal = static_cast<double>(std::numeric_limits<float>::min()) / std::min(1.0, input_scale);
  return std::max({for_bias, for_multiplier, normal});
}

// A channel whose codes are all one (an affine, a mean) may have another: returns the factor that `scale`
// takes in exchange.
double exchange_constant(std::span<int8_t> codes, double scale, float input_scale, float output_scale) {
  const bool constant =
      !codes.empty() && codes[0] != 0 && std::equal(codes.begin() + 1, codes.end(), codes.begin());
  if (!constant) return 1;
  const int sign = codes[0] < 0 ? -1 : 1;
  const double size = std::abs(static_cast<double>(codes[0]));
  const int8_t code = portable_code(scale * size, input_scale, output_scale);
  std::fill(codes.begin(), codes.end(), static_cast<int8_t>(sign * code));
  return size / code;
}

int8_t rounded_code(double value) {
  return static_cast<int8_t>(std::clamp(std::floor(value + 0.5), -128.0, 127.0));
}

// Up to the next float, so that what was bounded from below stays so.
float float_at_least(double value) {
  const auto rounded = static_cast<float>(value);
  return rounded < value ? std::nextafter(rounded, std::numeric_limits<float>::infinity()) : rounded;
}

}  // namespace

Affine Affine::identity(size_t channels) {
  return {std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
}

Affine affine_of(const Array& gamma, const Array& beta, const Array& mean, const Array& variance,
                 double epsilon) {
  Affine affine = Affine::identity(static_cast<size_t>(mean.size()));
  for (size_t c = 0; c < affine.multiplier.size(); ++c) {
    double& multiplier = affine.multiplier[c];
    multiplier = 1.0 / std::sqrt(static_cast<double>(variance.span<float>()[c]) + epsilon);
    if (!gamma.empty()) multiplier *= static_cast<double>(gamma.span<float>()[c]);
    affine.offset[c] = -static_cast<double>(mean.span<float>()[c]) * multiplier;
    if (!beta.empty()) affine.offset[c] += static_cast<double>(beta.span<float>()[c]);
  }
  return affine;
}

IntegerProduct fold(std::span<const int8_t> codes, std::span<const float> scales, std::span<const float> bias,
                    const Affine& affine, float input_scale, float output_scale, bool portable) {
  const size_t channels = affine.multiplier.size();
  const size_t block = channels == 0 ? 0 : codes.size() / channels;
  IntegerProduct product{std::vector<int8_t>(codes.begin(), codes.end()), std::vector<float>(channels),
                         std::vector<int32_t>(channels)};
  for (size_t c = 0; c < channels; ++c) {
    const double multiplier = affine.multiplier[c];
    const double offset = affine.offset[c] + (bias.empty() ? 0.0 : static_cast<double>(bias[c]) * multiplier);
    const double wanted = static_cast<double>(scales[scales.size() == 1 ? 0 : c]) * std::abs(multiplier);
    const double least =
        least_scale(offset, static_cast<double>(input_scale), static_cast<double>(output_scale));
    const std::span<int8_t> own(product.codes.data() + c * block, block);
    if (multiplier < 0) {
      for (int8_t& code : own) code = static_cast<int8_t>(std::min(-code, 127));
    }
    const double exact =
        portable ? wanted * exchange_constant(own, wanted, input_scale, output_scale) : wanted;
    const double needed = std::max(exact, least);
    product.scales[c] =
        portable ? portable_scale(needed, input_scale, output_scale) : static_cast<float>(needed);
    if (product.scales[c] < least) product.scales[c] = float_at_least(least);
    const double moved = exact / static_cast<double>(product.scales[c]);
    for (int8_t& code : own) code = rounded_code(code * moved);
    // The runtime's own bias scale is this product of two floats, rounded to float.
    const auto unit = static_cast<double>(input_scale * product.scales[c]);
    product.bias[c] =
        static_cast<int32_t>(std::clamp(std::round(offset / unit), -kLargestBias, kLargestBias));
  }
  return product;
}

FloatProduct fold(std::span<const float> weights, std::span<const float> bias, const Affine& affine) {
  const size_t channels = affine.multiplier.size();
  const size_t block = channels == 0 ? 0 : weights.size() / channels;
  FloatProduct product{std::vector<float>(weights.size()), std::vector<float>(channels)};
  for (size_t c = 0; c < channels; ++c) {
    for (size_t i = c * block; i < (c + 1) * block; ++i) {
      product.weights[i] = static_cast<float>(static_cast<double>(weights[i]) * affine.multiplier[c]);
    }
    product.bias[c] = static_cast<float>(
        affine.offset[c] + (bias.empty() ? 0.0 : static_cast<double>(bias[c]) * affine.multiplier[c]));
  }
  return product;
}

}  // namespace nudge::convert
