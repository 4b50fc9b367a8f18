#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/layers/random_image_class-inl.h"

namespace nudge::layers {
namespace {

using ops::Distortion;
using Distortions = std::vector<Distortion>;

Json with_sampling(Json defaults) {
  defaults.update({{"fill_mode", "reflect"}, {"interpolation", "bilinear"}, {"fill_value", 0.0}});
  return defaults;
}

Json with_values(Json defaults) {
  defaults.update({{"value_range", {0, 255}}});
  return defaults;
}

template <typename Struct>
Distortions one(Struct what) {
  return {Distortion{.what = std::move(what)}};
}

Distortions flip(const DistortionReader& r) {
  const std::string mode = r.text("mode");
  const bool both = mode == "horizontal_and_vertical";
  if (!both && mode != "horizontal" && mode != "vertical") {
    r.refuse("mode", "horizontal, vertical or horizontal_and_vertical");
  }
  return one(ops::RandomFlip{both || mode == "horizontal", both || mode == "vertical"});
}

Distortions zoom(const DistortionReader& r) {
  ops::RandomZoom zoom{.height = r.both_ways("height_factor"), .sampling = r.sampling()};
  if (r.has("width_factor")) zoom.width = r.both_ways("width_factor");
  return one(std::move(zoom));
}

Distortions color_jitter(const DistortionReader& r) {
  const ops::Interval values = r.value_range();
  Distortions all;
  if (r.has("brightness_factor")) {
    all.push_back({.what = ops::RandomBrightness{r.factor("brightness_factor", -1, 1), values}});
  }
  if (r.has("contrast_factor")) {
    all.push_back({.what = ops::RandomContrast{r.factor("contrast_factor", 0, 1), values}});
  }
  if (r.has("saturation_factor")) {
    all.push_back({.what = ops::RandomSaturation{r.factor("saturation_factor", -1, 1), values}});
  }
  if (r.has("hue_factor")) all.push_back({.what = ops::RandomHue{r.factor("hue_factor", 0, 1), values}});
  return all;
}

Distortions posterization(const DistortionReader& r) {
  const ops::Interval bits = r.factor("factor", 1, 8);
  return one(ops::RandomPosterization{std::llround(std::clamp(bits.low, 1.0, 8.0)),
                                      std::llround(std::clamp(bits.high, 1.0, 8.0)), r.value_range()});
}

Distortions grayscale(const DistortionReader& r) {
  const double chance = r.number("factor");
  if (!(chance >= 0 && chance <= 1)) r.refuse("factor", "within [0, 1]");
  return one(ops::RandomGrayscale{chance});
}

Distortions erasing(const DistortionReader& r) {
  ops::RandomErasing erasing{
      .chance = r.factor("factor", 0, 1), .scale = r.factor("scale", 0, 1), .values = r.value_range()};
  if (r.has("fill_value")) erasing.fill = r.numbers("fill_value");
  if (erasing.fill.size() > 1 && erasing.fill.size() != 3) r.refuse("fill_value", "one number or three");
  return one(std::move(erasing));
}

Distortions gaussian_blur(const DistortionReader& r) {
  const std::vector<double> sizes = r.numbers("kernel_size");
  for (const double size : sizes) {
    if (sizes.size() > 2 || !(size >= 1 && size <= 1023) || std::fmod(size, 2) != 1) {
      r.refuse("kernel_size", "one or two odd numbers");
    }
  }
  return one(ops::RandomGaussianBlur{.chance = r.factor("factor", 0, 1),
                                     .kernel_size = {std::llround(sizes.front()), std::llround(sizes.back())},
                                     .sigma = r.factor("sigma", 0, 1),
                                     .values = r.value_range()});
}

Distortions perspective(const DistortionReader& r) {
  const double scale = r.number("scale");
  if (!(scale >= 0 && scale <= 1)) r.refuse("scale", "within [0, 1]");
  ops::Sampling sampling = r.sampling();
  sampling.fill_mode = ops::FillMode::kConstant;
  return one(ops::RandomPerspective{r.factor("factor", 0, 1), scale, sampling});
}

std::vector<RandomImageClass> make_table() {
  const Json none = nullptr;
  return {
      {"RandomFlip", false, {{"mode", "horizontal_and_vertical"}, {"seed", none}}, flip},
      {"RandomRotation", false, with_sampling({{"factor", none}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomRotation{r.factor("factor", -1, 1), r.sampling()});
       }},
      {"RandomZoom", false, with_sampling({{"height_factor", none}, {"width_factor", none}, {"seed", none}}),
       zoom},
      {"RandomTranslation", false,
       with_sampling({{"height_factor", none}, {"width_factor", none}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(
             ops::RandomTranslation{r.both_ways("height_factor"), r.both_ways("width_factor"), r.sampling()});
       }},
      {"RandomShear", false, with_sampling({{"x_factor", 0.0}, {"y_factor", 0.0}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomShear{r.both_ways("x_factor"), r.both_ways("y_factor"), r.sampling()});
       }},
      {"RandomPerspective",
       false,
       {{"factor", 1.0}, {"scale", 1.0}, {"interpolation", "bilinear"}, {"fill_value", 0.0}, {"seed", none}},
       perspective},
      {"RandomElasticTransform", false,
       with_values(with_sampling({{"factor", 1.0}, {"scale", 1.0}, {"seed", none}})),
       [](const DistortionReader& r) {
         return one(ops::RandomElastic{r.factor("factor", 0, 1), r.factor("scale", 0, 1), r.sampling(),
                                       r.value_range()});
       }},
      {"RandomBrightness", false, with_values({{"factor", none}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomBrightness{r.factor("factor", -1, 1), r.value_range()});
       }},
      {"RandomContrast", false, with_values({{"factor", none}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomContrast{r.factor("factor", 0, 1), r.value_range()});
       }},
      {"RandomSaturation", true, with_values({{"factor", none}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomSaturation{r.factor("factor", -1, 1), r.value_range()});
       }},
      {"RandomHue", true, with_values({{"factor", none}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomHue{r.factor("factor", 0, 1), r.value_range()});
       }},
      {"RandomColorJitter", true,
       with_values({{"brightness_factor", none},
                    {"contrast_factor", none},
                    {"saturation_factor", none},
                    {"hue_factor", none},
                    {"seed", none}}),
       color_jitter},
      {"RandomColorDegeneration", true, with_values({{"factor", none}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomColorDegeneration{r.factor("factor", -1, 1), r.value_range()});
       }},
      {"RandomSharpness", false, with_values({{"factor", none}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomSharpness{r.factor("factor", 0, 1), r.value_range()});
       }},
      {"RandomPosterization", false, with_values({{"factor", none}, {"seed", none}}), posterization},
      {"RandomGrayscale", true, {{"factor", 0.5}}, grayscale},
      {"RandomInvert", false, with_values({{"factor", 1.0}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomInvert{r.factor("factor", 0, 1), r.value_range()});
       }},
      {"Solarization", false,
       with_values({{"addition_factor", 0.0}, {"threshold_factor", 0.0}, {"seed", none}}),
       [](const DistortionReader& r) {
         return one(ops::RandomSolarization{r.factor("addition_factor", 0, 1),
                                            r.factor("threshold_factor", 0, 1), r.value_range()});
       }},
      {"RandomErasing", false,
       with_values({{"factor", 1.0}, {"scale", {0.02, 0.33}}, {"fill_value", none}, {"seed", none}}),
       erasing},
      {"RandomGaussianBlur", false,
       with_values({{"factor", 1.0}, {"kernel_size", 3}, {"sigma", 1.0}, {"seed", none}}), gaussian_blur},
  };
}

}  // namespace

bool DistortionReader::has(const std::string& key) const {
  return arguments_.contains(key) && !arguments_[key].is_null();
}

void DistortionReader::refuse(const std::string& key, const std::string& expected) const {
  throw InputError(where_ + "'" + key + "' must be " + expected + ", given " +
                   excerpt(arguments_.value(key, Json(nullptr))));
}

std::vector<double> DistortionReader::numbers(const std::string& key) const {
  const Json value = arguments_.value(key, Json(nullptr));
  const Json list = value.is_array() ? value : Json::array({value});
  std::vector<double> result;
  for (const Json& each : list) {
    if (!each.is_number()) refuse(key, "a number or a list of numbers");
    result.push_back(each.get<double>());
  }
  if (result.empty()) refuse(key, "a number or a list of numbers");
  return result;
}

double DistortionReader::number(const std::string& key) const {
  const std::vector<double> found = numbers(key);
  if (found.size() != 1) refuse(key, "a number");
  return found.front();
}

std::string DistortionReader::text(const std::string& key) const {
  if (!has(key) || !arguments_[key].is_string()) refuse(key, "a string");
  return arguments_[key].get<std::string>();
}

ops::Interval DistortionReader::factor(const std::string& key, double low, double high) const {
  const std::vector<double> found = numbers(key);
  const bool list = found.size() == 2;
  const bool within = list ? !(found[0] > high || found[1] < low) : found[0] >= low && found[0] <= high;
  if (found.size() > 2 || !within) {
    refuse(key, "a number or two within [" + Json(low).dump() + ", " + Json(high).dump() + "]");
  }
  if (list) return {std::min(found[0], found[1]), std::max(found[0], found[1])};
  const double size = std::abs(found[0]);
  return {std::max(-size, low), size};
}

ops::Interval DistortionReader::both_ways(const std::string& key) const { return factor(key, -1, 1); }

ops::Interval DistortionReader::value_range() const {
  const std::vector<double> found = numbers("value_range");
  if (found.size() != 2 || found[0] == found[1]) refuse("value_range", "two numbers");
  return {std::min(found[0], found[1]), std::max(found[0], found[1])};
}

ops::Sampling DistortionReader::sampling() const {
  ops::Sampling sampling{.fill_value = number("fill_value")};
  const std::string interpolation = text("interpolation");
  if (interpolation != "nearest" && interpolation != "bilinear") {
    refuse("interpolation", "nearest or bilinear");
  }
  if (interpolation == "nearest") sampling.interpolation = ops::Interpolation::kNearest;
  if (!has("fill_mode")) return sampling;
  const std::string mode = text("fill_mode");
  constexpr std::array<std::string_view, 5> kModes{"constant", "reflect", "wrap", "nearest", "mirror"};
  const auto known = std::find(kModes.begin(), kModes.end(), mode);
  if (known == kModes.end()) refuse("fill_mode", "constant, reflect, wrap, nearest or mirror");
  sampling.fill_mode = static_cast<ops::FillMode>(known - kModes.begin());
  return sampling;
}

const std::vector<RandomImageClass>& random_image_table() {
  static const std::vector<RandomImageClass> table = make_table();
  return table;
}

}  // namespace nudge::layers
