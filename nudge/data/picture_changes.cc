#include "nudge/data/picture_changes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace nudge::data {
namespace {

// What a grey is made of, as in channels.h.
constexpr float kRed = 0.299f, kGreen = 0.587f, kBlue = 0.114f;

float* row(ImageView image, int64_t y) { return image.values + y * image.width * image.channels; }

int64_t value_count(ImageView image) { return image.height * image.width * image.channels; }

// The picture as it is where `from` says each output pixel's centre looks in the input, (y, x); what moves in
// from outside repeats the edge.
template <typename From>
void sample(ImageView image, const From& from_of) {
  const std::vector<float> from(image.values, image.values + value_count(image));
  const auto clamp_to = [](double position, int64_t side) {
    return std::clamp(position, 0.0, static_cast<double>(side - 1));
  };
  float* to = image.values;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      const auto [centre_y, centre_x] = from_of(static_cast<double>(y) + 0.5, static_cast<double>(x) + 0.5);
      const double at_y = clamp_to(centre_y - 0.5, image.height);
      const double at_x = clamp_to(centre_x - 0.5, image.width);
      const auto top = static_cast<int64_t>(at_y), left = static_cast<int64_t>(at_x);
      const int64_t bottom = std::min(top + 1, image.height - 1);
      const int64_t right = std::min(left + 1, image.width - 1);
      const auto down = static_cast<float>(at_y - static_cast<double>(top));
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

// Where output pixel centres look in the input: position = centre * scale + offset.
struct Window {
  double scale;
  double offset_y;
  double offset_x;
};

void sample_window(ImageView image, Window window) {
  sample(image, [&](double y, double x) {
    return std::pair(y * window.scale + window.offset_y, x * window.scale + window.offset_x);
  });
}

void rescale(ImageView image, float factor, float offset) {
  for (float* value = image.values; value != image.values + value_count(image); ++value) {
    *value = std::clamp(*value * factor + offset, 0.0f, 255.0f);
  }
}

}  // namespace

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

void crop(ImageView image, double amount, Random& random) {
  const double scale = random.uniform(1.0 - amount, 1.0);
  const double y = random.uniform(0.0, (1.0 - scale) * static_cast<double>(image.height));
  const double x = random.uniform(0.0, (1.0 - scale) * static_cast<double>(image.width));
  sample_window(image, {scale, y, x});
}

void rotate(ImageView image, double amount, Random& random) {
  const double angle = random.uniform(-amount, amount) * 2.0 * std::numbers::pi;
  const double sine = std::sin(angle), cosine = std::cos(angle);
  const double middle_y = static_cast<double>(image.height) / 2.0;
  const double middle_x = static_cast<double>(image.width) / 2.0;
  sample(image, [&](double y, double x) {
    const double dy = y - middle_y, dx = x - middle_x;
    return std::pair(middle_y + cosine * dy + sine * dx, middle_x + cosine * dx - sine * dy);
  });
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

void saturation(ImageView image, double amount, Random& random) {
  const auto factor = static_cast<float>(random.uniform(1.0 - amount, 1.0 + amount));
  if (image.channels != 3) return;
  for (float* value = image.values; value != image.values + value_count(image); value += 3) {
    const float grey = kRed * value[0] + kGreen * value[1] + kBlue * value[2];
    for (int c = 0; c < 3; ++c) value[c] = std::clamp(std::lerp(grey, value[c], factor), 0.0f, 255.0f);
  }
}

// Around the axis of greys, which keeps what is light light.
void hue(ImageView image, double amount, Random& random) {
  const double angle = random.uniform(-amount, amount) * 2.0 * std::numbers::pi;
  if (image.channels != 3) return;
  const auto cosine = static_cast<float>(std::cos(angle));
  const auto sine = static_cast<float>(std::sin(angle) / std::numbers::sqrt3);
  for (float* value = image.values; value != image.values + value_count(image); value += 3) {
    const float red = value[0], green = value[1], blue = value[2];
    const float mean = (red + green + blue) / 3.0f;
    const float turned[3] = {std::lerp(mean, red, cosine) + sine * (blue - green),
                             std::lerp(mean, green, cosine) + sine * (red - blue),
                             std::lerp(mean, blue, cosine) + sine * (green - red)};
    for (int c = 0; c < 3; ++c) value[c] = std::clamp(turned[c], 0.0f, 255.0f);
  }
}

void cutout(ImageView image, double amount, Random& random) {
  const double middle_y = random.uniform() * static_cast<double>(image.height);
  const double middle_x = random.uniform() * static_cast<double>(image.width);
  const auto edges = [amount](double middle, int64_t side) {
    const double half = amount * static_cast<double>(side) / 2.0;
    return std::pair(std::max<int64_t>(0, std::lround(middle - half)),
                     std::min<int64_t>(side, std::lround(middle + half)));
  };
  const auto [top, bottom] = edges(middle_y, image.height);
  const auto [left, right] = edges(middle_x, image.width);
  constexpr float kGrey = 127.5f;
  for (int64_t y = top; y < bottom; ++y) {
    std::fill(row(image, y) + left * image.channels, row(image, y) + right * image.channels, kGrey);
  }
}

void rand_augment(ImageView image, double amount, Random& random) {
  struct Change {
    void (*function)(ImageView image, double amount, Random& random);
    double most;  // at an amount of 1
  };
  constexpr Change kChanges[] = {{shift, 0.5},      {zoom, 0.5},       {crop, 0.6},
                                 {rotate, 0.15},    {brightness, 0.6}, {contrast, 0.9},
                                 {saturation, 0.9}, {hue, 0.15},       {cutout, 0.6}};
  constexpr int kTimes = 2;
  for (int i = 0; i < kTimes; ++i) {
    const Change& change = kChanges[random.below(std::size(kChanges))];
    // Of its own, so that as much is drawn here whichever it is.
    Random own(random.next());
    change.function(image, amount * change.most, own);
  }
}

}  // namespace nudge::data
