#include "nudge/convert/fold.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nudge/convert/portable_channel.h"

namespace nudge::convert {
namespace {

// The least scale of a channel: its bias fits, and the requantization multiplier
// input_scale * scale / output_scale keeps its 31 significant bits above the smallest exponent.
double least_scale(double offset, double input_scale, double output_scale) {
  const double for_bias = std::abs(offset) / (input_scale * kLargestBias);
  const double for_multiplier = output_scale / input_scale / kLargestBias;
  const double normal = static_cast<double>(std::numeric_limits<float>::min()) / std::min(1.0, input_scale);
  return std::max({for_bias, for_multiplier, normal});
}

// The float next to `value` that is not below `least`.
float float_at_least(double value, double least) {
  const auto rounded = static_cast<float>(std::max(value, least));
  return rounded < least ? std::nextafter(rounded, std::numeric_limits<float>::infinity()) : rounded;
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

IntegerProduct fold(std::span<const float> codes, std::span<const float> scales, std::span<const float> bias,
                    const Affine& affine, const CodeGrid& input, const CodeGrid& output, bool portable) {
  const size_t channels = affine.multiplier.size();
  const size_t block = channels == 0 ? 0 : codes.size() / channels;
  std::vector<float> signed_codes(codes.begin(), codes.end());
  IntegerProduct product{.codes = std::vector<int8_t>(codes.size()),
                         .scales = std::vector<float>(channels),
                         .bias = std::vector<int32_t>(channels),
                         .moves = std::vector<double>(channels, 1.0)};
  for (size_t i = 0; i < channels * block; ++i) {
    float& code = signed_codes[i];
    if (affine.multiplier[i / block] < 0) code = std::min(-code, 127.0f);
  }
  const auto [lowest, highest] = std::minmax_element(signed_codes.begin(), signed_codes.end());
  TrainedChannel trained;
  if (channels * block > 0) {
    trained.highest_code = std::max(static_cast<int>(std::round(*highest)), 0);
    trained.lowest_code = std::min(static_cast<int>(std::round(*lowest)), 0);
  }
  for (size_t c = 0; c < channels; ++c) {
    const double multiplier = affine.multiplier[c];
    const std::span<float> own(signed_codes.data() + c * block, block);
    trained.codes = own;
    trained.scale = static_cast<double>(scales[scales.size() == 1 ? 0 : c]) * std::abs(multiplier);
    trained.offset = affine.offset[c] + (bias.empty() ? 0.0 : static_cast<double>(bias[c]) * multiplier);
    trained.least_scale =
        least_scale(trained.offset, static_cast<double>(input.scale), static_cast<double>(output.scale));
    const IntegerChannel made =
        portable ? portable_channel(trained, input, output)
                 : rounded_channel(trained, float_at_least(trained.scale, trained.least_scale), input.scale);
    product.scales[c] = made.scale;
    product.bias[c] = made.bias;
    // Below the least scale a channel is all but constant, and how coarse it is of no matter.
    if (trained.scale >= trained.least_scale)
      product.moves[c] = static_cast<double>(made.scale) / trained.scale;
    std::copy(made.codes.begin(), made.codes.end(), product.codes.begin() + static_cast<long>(c * block));
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
