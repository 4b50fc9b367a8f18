#include "nudge/quantize/quantizers.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::quantize {
namespace {

// The decay of the faster average that a moving average is compared with: it remembers some 50 batches.
constexpr double kRecentDecay = 0.98;
// How fast an all-values range forgets that it was widened.
constexpr double kWideningDecay = 0.8;

struct Limits {
  float min;
  float max;
};

Limits target_range(const QuantizerOptions& options, float batch_min, float batch_max) {
  if (!options.symmetric) return {std::min(batch_min, 0.0f), std::max(batch_max, 0.0f)};
  const double codes = std::ldexp(1.0, options.num_bits);
  const float ratio = options.narrow_range ? -1.0f : static_cast<float>(-(codes - 2.0) / codes);
  return {std::min(batch_min, batch_max / ratio), std::max(batch_max, batch_min * ratio)};
}

// Relative to a span; 0 where both are nothing.
double relative(double difference, double span) {
  if (difference == 0.0) return 0.0;
  return span > 0.0 ? std::abs(difference) / span : 1.0;
}

}  // namespace

Json LastValueQuantizer::config() const { return to_json(options()); }

QuantizerPtr LastValueQuantizer::from_config(const Json& config) {
  return std::make_shared<LastValueQuantizer>(quantizer_options_from_json(config));
}

void LastValueQuantizer::update(std::span<float> min, std::span<float> max, std::span<const float> batch_min,
                                std::span<const float> batch_max, RangeProgress& progress) const {
  for (size_t i = 0; i < min.size(); ++i) {
    const Limits target = target_range(options(), batch_min[i], batch_max[i]);
    min[i] = target.min;
    max[i] = target.max;
  }
  ++progress.updates;
  progress.distance = 0.0;
}

MovingAverageQuantizer::MovingAverageQuantizer(QuantizerOptions options, double decay, bool debias)
    : Quantizer(options), decay_(decay), debias_(debias) {
  if (options.per_axis) {
    throw ValueError("MovingAverageQuantizer has one range a tensor; use LastValueQuantizer for per_axis");
  }
  if (!(decay >= 0.0 && decay < 1.0)) {
    throw ValueError("MovingAverageQuantizer: decay must be in [0, 1), given " + std::to_string(decay));
  }
}

Json MovingAverageQuantizer::config() const {
  Json json = to_json(options());
  json["decay"] = decay_;
  json["debias"] = debias_;
  return json;
}

QuantizerPtr MovingAverageQuantizer::from_config(const Json& config) {
  return std::make_shared<MovingAverageQuantizer>(quantizer_options_from_json(config),
                                                  number_member(config, "decay", "", 0.999),
                                                  flag_member(config, "debias", "", false));
}

void MovingAverageQuantizer::update(std::span<float> min, std::span<float> max,
                                    std::span<const float> batch_min, std::span<const float> batch_max,
                                    RangeProgress& progress) const {
  const Limits target = target_range(options(), batch_min[0], batch_max[0]);
  const double mass = progress.mass * decay_ + (1.0 - decay_);
  // sum / mass moves by the share that this batch has of the whole mass.
  const auto share = static_cast<float>(debias_ ? (1.0 - decay_) / mass : 1.0 - decay_);
  if (share >= 1.0f) {
    min[0] = target.min;
    max[0] = target.max;
  } else {
    min[0] = min[0] - (min[0] - target.min) * share;
    max[0] = max[0] - (max[0] - target.max) * share;
  }
  progress.mass = mass;
  note_movement(min[0], max[0], target.min, target.max, progress);
}

void MovingAverageQuantizer::note_movement(float min, float max, float aimed_min, float aimed_max,
                                           RangeProgress& progress) {
  ++progress.updates;
  const double recent_mass = 1.0 - std::pow(kRecentDecay, static_cast<double>(progress.updates));
  const double recent_share = (1.0 - kRecentDecay) / recent_mass;
  progress.recent_min += (static_cast<double>(aimed_min) - progress.recent_min) * recent_share;
  progress.recent_max += (static_cast<double>(aimed_max) - progress.recent_max) * recent_share;
  const double span = progress.recent_max - progress.recent_min;
  progress.distance = std::max(relative(static_cast<double>(min) - progress.recent_min, span),
                               relative(static_cast<double>(max) - progress.recent_max, span));
}

AllValuesQuantizer::AllValuesQuantizer(QuantizerOptions options, double margin)
    : Quantizer([&] {
        options.init_min = options.init_max = 0.0f;
        return options;
      }()),
      margin_(margin) {
  if (!(margin >= 0.0)) {
    throw ValueError("AllValuesQuantizer: margin must not be negative, given " + std::to_string(margin));
  }
}

Json AllValuesQuantizer::config() const {
  Json json = to_json(options());
  json["margin"] = margin_;
  return json;
}

QuantizerPtr AllValuesQuantizer::from_config(const Json& config) {
  return std::make_shared<AllValuesQuantizer>(quantizer_options_from_json(config),
                                              number_member(config, "margin", "", 0.0));
}

void AllValuesQuantizer::update(std::span<float> min, std::span<float> max, std::span<const float> batch_min,
                                std::span<const float> batch_max, RangeProgress& progress) const {
  double widened = 0.0;
  for (size_t i = 0; i < min.size(); ++i) {
    Limits target = target_range(options(), batch_min[i], batch_max[i]);
    if (target.min < 0.0f) {
      const auto wider_by = static_cast<float>(margin_ * (static_cast<double>(target.max) - target.min));
      target = {target.min - wider_by, target.max + wider_by};
    }
    const Limits wider = {std::min({min[i], target.min, 0.0f}), std::max({max[i], target.max, 0.0f})};
    const double span = static_cast<double>(wider.max) - wider.min;
    widened = std::max(
        {widened, relative(double{min[i]} - wider.min, span), relative(double{wider.max} - max[i], span)});
    min[i] = wider.min;
    max[i] = wider.max;
  }
  ++progress.updates;
  progress.distance = std::max(widened, progress.distance * kWideningDecay);
}

FixedQuantizer::FixedQuantizer(QuantizerOptions options) : Quantizer(options) {
  if (!(options.init_min <= options.init_max)) {
    throw ValueError("FixedQuantizer: init_min " + std::to_string(options.init_min) +
                     " is not below init_max " + std::to_string(options.init_max));
  }
}

Json FixedQuantizer::config() const { return to_json(options()); }

QuantizerPtr FixedQuantizer::from_config(const Json& config) {
  return std::make_shared<FixedQuantizer>(quantizer_options_from_json(config));
}

void FixedQuantizer::update(std::span<float>, std::span<float>, std::span<const float>,
                            std::span<const float>, RangeProgress& progress) const {
  ++progress.updates;
  progress.distance = 0.0;
}

}  // namespace nudge::quantize
