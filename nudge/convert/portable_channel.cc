#include "nudge/convert/portable_channel.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nudge/convert/portable_scale.h"

namespace nudge::convert {
namespace {

constexpr int kHairs = 5;             // floats that are tried for each candidate
constexpr double kTypicalInput = 64;  // codes from zero
constexpr double kAllCodes = 256;

double rounded(double value) { return std::floor(value + 0.5); }

// The largest factor by which codes may grow before one has to be cut.
double room(const TrainedChannel& trained) {
  double factor = std::numeric_limits<double>::infinity();
  for (const double code : trained.codes) {
    if (code > 0) factor = std::min(factor, (trained.highest_code + 0.499) / code);
    if (code < 0) factor = std::min(factor, (trained.lowest_code - 0.499) / code);
  }
  return factor;
}

// The size of all codes but zeros, where it is one.
float size_of_all(std::span<const float> codes) {
  float size = 0;
  for (const float code : codes) {
    if (code == 0) continue;
    if (size != 0 && std::abs(code) != size) return 0;
    size = std::abs(code);
  }
  return size;
}

// What the outputs lose on a scale, squared.
double displacement(const TrainedChannel& trained, double scale, double input_scale) {
  double weights = 0;
  for (const double code : trained.codes) {
    const double exact = code * trained.scale;
    const double moved = exact - rounded(exact / scale) * scale;
    weights += moved * moved;
  }
  const double input = kTypicalInput * input_scale, unit = input_scale * scale;
  const double bias = trained.offset - std::round(trained.offset / unit) * unit;
  return weights * input * input + bias * bias;
}

Sums sums_of(const IntegerChannel& channel, const CodeGrid& input) {
  const int64_t lowest = INT8_MIN - input.zero_point, highest = INT8_MAX - input.zero_point;
  Sums sums{channel.bias, channel.bias};
  for (const int8_t code : channel.codes) {
    sums.add_product(lowest, highest, code);
  }
  return sums;
}

// A bias with which every sum lies far outside the output's codes is cut to where it still does, so that the
// sums fit.
void cut_bias(IntegerChannel& channel, const CodeGrid& input, const CodeGrid& output) {
  const double factor = static_cast<double>(input.scale) * static_cast<double>(channel.scale) /
                        static_cast<double>(output.scale);
  const double outside = std::ceil(kAllCodes / factor) + 1;
  const Sums sums = sums_of(channel, input);
  const double products = static_cast<double>(
      std::max(sums.most - channel.bias, static_cast<int64_t>(channel.bias) - sums.least));
  const double most = std::min(outside + products, kLargestBias);
  channel.bias = static_cast<int32_t>(std::clamp<double>(channel.bias, -most, most));
}

class Search {
 public:
  Search(const TrainedChannel& trained, const CodeGrid& input, const CodeGrid& output)
      : trained_(trained), input_(input), output_(output), room_(room(trained)) {}

  IntegerChannel run() {
    const ScaleCandidates candidates =
        portable_candidates(trained_.scale, trained_.least_scale, input_.scale, output_.scale);
    std::vector<double> near = candidates.near;
    add_other_sizes(near);
    if (prove_best(near) || prove_best(candidates.far)) return found_;
    return realized(static_cast<float>(candidates.near.front()));
  }

 private:
  // Where all weights are of one size, any code may stand for it.
  void add_other_sizes(std::vector<double>& scales) const {
    const double size = size_of_all(trained_.codes);
    const int most = std::max(trained_.highest_code, -trained_.lowest_code);
    for (int code = 1; size != 0 && code <= most; ++code) {
      const auto more = portable_candidates(trained_.scale * size / code, trained_.least_scale, input_.scale,
                                            output_.scale);
      scales.insert(scales.end(), more.near.begin(),
                    more.near.begin() + std::min<long>(2, std::ssize(more.near)));
    }
  }

  IntegerChannel realized(float scale) const {
    IntegerChannel channel = rounded_channel(trained_, scale, input_.scale);
    cut_bias(channel, input_, output_);
    return channel;
  }

  bool prove(float scale) {
    found_ = realized(scale);
    found_.portable = same_codes(scale, input_.scale, output_, sums_of(found_, input_));
    return found_.portable;
  }

  // Tries them in the order of what they cost.
  bool prove_best(const std::vector<double>& scales) {
    std::vector<std::pair<double, float>> by_cost;
    for (const double scale : scales) {
      if (trained_.scale > scale * room_) continue;
      const auto base = static_cast<float>(scale);
      by_cost.emplace_back(
          displacement(trained_, static_cast<double>(base), static_cast<double>(input_.scale)), base);
    }
    std::sort(by_cost.begin(), by_cost.end());
    for (const auto& [cost, base] : by_cost) {
      float scale = base;
      for (int hair = 0; hair < kHairs; ++hair) {
        if (static_cast<double>(scale) >= trained_.least_scale && prove(scale)) return true;
        scale = std::nextafter(scale, std::numeric_limits<float>::infinity());
      }
    }
    return false;
  }

  const TrainedChannel& trained_;
  const CodeGrid input_, output_;
  const double room_;
  IntegerChannel found_;
};

}  // namespace

IntegerChannel rounded_channel(const TrainedChannel& trained, float scale, float input_scale) {
  IntegerChannel channel{.codes = std::vector<int8_t>(trained.codes.size()), .scale = scale};
  const double moved = trained.scale / static_cast<double>(scale);
  for (size_t i = 0; i < channel.codes.size(); ++i) {
    channel.codes[i] = static_cast<int8_t>(
        std::clamp(rounded(static_cast<double>(trained.codes[i]) * moved), -128.0, 127.0));
  }
  // The runtime's own bias scale is this product of two floats, rounded to float.
  const auto unit = static_cast<double>(input_scale * scale);
  channel.bias =
      static_cast<int32_t>(std::clamp(std::round(trained.offset / unit), -kLargestBias, kLargestBias));
  return channel;
}

IntegerChannel portable_channel(const TrainedChannel& trained, const CodeGrid& input,
                                const CodeGrid& output) {
  return Search(trained, input, output).run();
}

}  // namespace nudge::convert
