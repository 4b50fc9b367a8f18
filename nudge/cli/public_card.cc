#include "nudge/cli/public_card.h"

#include <algorithm>
#include <cmath>

#include "nudge/data/preprocess.h"

namespace nudge::cli {
namespace {

// What each channel becomes when one of them has this pixel and the others are black.
std::vector<float> applied(const data::Preprocess& preprocess, int64_t channels, int64_t lit, float pixel) {
  std::vector<float> values(static_cast<size_t>(channels), 0.0f);
  values[static_cast<size_t>(lit)] = pixel;
  preprocess.apply(values, channels);
  return values;
}

// A mean and a deviation a channel; none where one channel becomes another.
deploy::PixelScaling scaling_of(const data::Preprocess& preprocess, int64_t channels) {
  constexpr float kWhite = 255.0f;
  deploy::PixelScaling scaling;
  for (int64_t c = 0; c < channels; ++c) {
    const auto i = static_cast<size_t>(c);
    const double black = static_cast<double>(applied(preprocess, channels, c, 0)[i]);
    const double slope = (static_cast<double>(applied(preprocess, channels, c, kWhite)[i]) - black) / 255.0;
    if (slope == 0 || !std::isfinite(slope)) return {};
    scaling.mean.push_back(static_cast<float>(-black / slope));
    scaling.deviation.push_back(static_cast<float>(1 / slope));
  }
  const auto alike = [](const std::vector<float>& values) {
    return std::ranges::all_of(values, [&](float value) { return value == values.front(); });
  };
  if (alike(scaling.mean) && alike(scaling.deviation)) {
    scaling.mean.resize(1);
    scaling.deviation.resize(1);
  }
  return scaling;
}

}  // namespace

deploy::PublicMetadata public_metadata(const std::string& name, const keras::ModelCard& card,
                                       int64_t channels, const std::optional<train::InputGrid>& grid) {
  deploy::PublicMetadata metadata{.name = name, .labels = card.classes};
  const bool known = !card.preprocessing.empty() && card.preprocessing != keras::ModelCard::kScaledElsewhere;
  if (known && (channels == 1 || channels == 3)) {
    const data::Preprocess preprocess = data::preprocess_from_string(card.preprocessing);
    const bool needs_colour =
        preprocess == data::Preprocess::kCaffe || preprocess == data::Preprocess::kTorch;
    if (channels == 3 || !needs_colour)
      metadata.scaling = scaling_of(train::on_grid(preprocess, grid), channels);
  }
  return metadata;
}

}  // namespace nudge::cli
