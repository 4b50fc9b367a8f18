#include "nudge/data/augment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

float* row(ImageView image, int64_t y) { return image.values + y * image.width * image.channels; }

int64_t value_count(ImageView image) { return image.height * image.width * image.channels; }

void flip(ImageView image, double chance, Random& random) {
  if (random.uniform() >= chance) return;
  for (int64_t y = 0; y < image.height; ++y) {
    float* left = row(image, y);
    float* right = left + (image.width - 1) * image.channels;
    for (; left < right; left += image.channels, right -= image.channels) {
      std::swap_ranges(left, left + image.channels, right);
    }
  }
}

// Where output pixel centres look in the input: position = centre * scale + offset.
struct Window {
  double scale;
  double offset_y;
  double offset_x;
};

void sample_window(ImageView image, Window window) {
  const std::vector<float> from(image.values, image.values + value_count(image));
  const auto clamp_to = [](double position, int64_t side) {
    return std::clamp(position, 0.0, static_cast<double>(side - 1));
  };
  float* to = image.values;
  for (int64_t y = 0; y < image.height; ++y) {
    const double at_y =
        clamp_to((static_cast<double>(y) + 0.5) * window.scale + window.offset_y - 0.5, image.height);
    const auto top = static_cast<int64_t>(at_y);
    const int64_t bottom = std::min(top + 1, image.height - 1);
    const auto down = static_cast<float>(at_y - static_cast<double>(top));
    for (int64_t x = 0; x < image.width; ++x) {
      const double at_x =
          clamp_to((static_cast<double>(x) + 0.5) * window.scale + window.offset_x - 0.5, image.width);
      const auto left = static_cast<int64_t>(at_x);
      const int64_t right = std::min(left + 1, image.width - 1);
      const auto along = static_cast<float>(at_x - static_cast<double>(left));
      const auto value = [&](int64_t row_index, int64_t column, int64_t c) {
        return from[static_cast<size_t>((row_index * image.width + column) * image.channels + c)];
      };
      for (int64_t c = 0; c < image.channels; ++c) {
        const float above = std::lerp(value(top, left, c), value(top, right, c), along);
        const float below = std::lerp(value(bottom, left, c), value(bottom, right, c), along);
        *to++ = std::lerp(above, below, down);
      }
    }
  }
}

void shift(ImageView image, double amount, Random& random) {
  const double y = std::round(random.uniform(-amount, amount) * static_cast<double>(image.height));
  const double x = std::round(random.uniform(-amount, amount) * static_cast<double>(image.width));
  sample_window(image, {1.0, y, x});
}

void zoom(ImageView image, double amount, Random& random) {
  const double scale = random.uniform(1.0 - amount, 1.0 + amount);
  const double margin = (1.0 - scale) / 2.0;
  sample_window(
      image, {scale, margin * static_cast<double>(image.height), margin * static_cast<double>(image.width)});
}

void rescale(ImageView image, float factor, float offset) {
  for (float* value = image.values; value != image.values + value_count(image); ++value) {
    *value = std::clamp(*value * factor + offset, 0.0f, 255.0f);
  }
}

void brightness(ImageView image, double amount, Random& random) {
  rescale(image, 1.0f, static_cast<float>(random.uniform(-amount, amount) * 255.0));
}

void contrast(ImageView image, double amount, Random& random) {
  const auto factor = static_cast<float>(random.uniform(1.0 - amount, 1.0 + amount));
  double sum = 0.0;
  for (int64_t i = 0; i < value_count(image); ++i) sum += image.values[i];
  const auto mean = static_cast<float>(sum / static_cast<double>(value_count(image)));
  rescale(image, factor, mean * (1.0f - factor));
}

double parse_amount(std::string_view text, const std::string& list) {
  double amount = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || end != text.data() + text.size() || !(amount >= 0.0 && amount <= 1.0)) {
    throw ValueError(
        fmt::format("augmentation '{}': the amount '{}' must be a number from 0 to 1", list, text));
  }
  return amount;
}

}  // namespace

const Augmentation::Kind Augmentation::kKinds[] = {
    {"flip", 0.5, flip},         {"shift", 0.1, shift}, {"zoom", 0.2, zoom}, {"brightness", 0.2, brightness},
    {"contrast", 0.3, contrast},
};

Augmentation::Augmentation(const std::string& list) {
  size_t begin = 0;
  for (bool more = !list.empty(); more;) {
    const size_t comma = std::min(list.find(',', begin), list.size());
    const std::string_view entry = std::string_view(list).substr(begin, comma - begin);
    more = comma < list.size();
    begin = comma + 1;
    const size_t equals = std::min(entry.find('='), entry.size());
    const std::string_view name = entry.substr(0, equals);
    const auto kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.name == name; });
    if (kind == std::end(kKinds)) {
      throw ValueError(fmt::format(
          "augmentation '{}': unknown name '{}'; use flip, shift, zoom, brightness or contrast", list, name));
    }
    const bool given = equals < entry.size();
    changes_.push_back({kind->function, given ? parse_amount(entry.substr(equals + 1), list) : kind->amount});
  }
}

void Augmentation::apply(ImageView image, Random& random) const {
  for (const Change& change : changes_) change.function(image, change.amount, random);
}

}  // namespace nudge::data
