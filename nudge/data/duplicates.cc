#include "nudge/data/duplicates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/base/threads.h"
#include "nudge/data/channels.h"

namespace nudge::data {
namespace {

constexpr ImageSize kSize{64, 64};
constexpr int64_t kGrey = 16;  // a side of what is compared, means of 4 x 4 pixels
constexpr int64_t kHash = 8;   // a side of what is hashed

// Bits of the hash that two pictures that look alike may differ in, and their mean difference in greys.
constexpr int kMostBits = 3;
constexpr double kMostDifference = 5.0;
// Below this deviation in greys there is nothing to compare.
constexpr double kLeastDeviation = 8.0;
// The hash is cut into parts of which at least one is the same where so few bits differ.
constexpr int kHashParts = kMostBits + 1;
constexpr int kPartBits = kHash * (kHash - 1) / kHashParts;
// So many of a part are compared with each other; more have it by chance.
constexpr size_t kMostOfAPart = 2000;

struct Look {
  uint64_t pixels = 0;  // a hash of all of them
  uint64_t slopes = 0;  // whether each mean is below the one right of it
  std::array<uint8_t, kGrey * kGrey> greys{};
  bool usable = false;
};

template <int64_t kFrom, int64_t kTo, typename From>
std::array<float, kTo * kTo> means(const From& from) {
  constexpr int64_t kStep = kFrom / kTo;
  std::array<float, kTo * kTo> to{};
  for (int64_t y = 0; y < kFrom; ++y) {
    for (int64_t x = 0; x < kFrom; ++x) {
      to[static_cast<size_t>(y / kStep * kTo + x / kStep)] +=
          static_cast<float>(from[static_cast<size_t>(y * kFrom + x)]) / (kStep * kStep);
    }
  }
  return to;
}

Look look_at(const Source& source, int64_t item) {
  Look look;
  Array picture;
  try {
    picture = source.load(item, kSize);
  } catch (const InputError&) {
    return look;
  }
  if (picture.type() != DataType::kUInt8) return look;
  look.pixels = stable_hash({reinterpret_cast<const char*>(picture.bytes()), picture.byte_size()});
  const Array grey = with_channels(picture, 1);
  const auto fine = means<64, kGrey>(grey.span<uint8_t>());
  double sum = 0, squares = 0;
  for (size_t i = 0; i < fine.size(); ++i) {
    look.greys[i] = static_cast<uint8_t>(std::lround(fine[i]));
    sum += fine[i];
    squares += static_cast<double>(fine[i]) * fine[i];
  }
  const auto count = static_cast<double>(fine.size());
  look.usable = squares / count - sum / count * (sum / count) > kLeastDeviation * kLeastDeviation;
  const auto coarse = means<kGrey, kHash>(fine);
  for (size_t y = 0; y < kHash; ++y) {
    for (size_t x = 0; x + 1 < kHash; ++x) {
      look.slopes = look.slopes << 1 | (coarse[y * kHash + x] < coarse[y * kHash + x + 1] ? 1U : 0U);
    }
  }
  return look;
}

bool alike(const Look& a, const Look& b) {
  if (std::popcount(a.slopes ^ b.slopes) > kMostBits) return false;
  int64_t difference = 0;
  for (size_t i = 0; i < a.greys.size(); ++i) difference += std::abs(int{a.greys[i]} - int{b.greys[i]});
  return static_cast<double>(difference) <= kMostDifference * static_cast<double>(a.greys.size());
}

}  // namespace

Duplicates find_duplicates(const Source& source) {
  std::vector<Look> looks(static_cast<size_t>(source.size()));
  parallel_for(source.size(), 8, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) looks[static_cast<size_t>(item)] = look_at(source, item);
  });
  std::set<std::pair<int64_t, int64_t>> pairs;
  for (int part = 0; part < kHashParts; ++part) {
    std::unordered_map<uint64_t, std::vector<int64_t>> of_part;
    for (int64_t item = 0; item < source.size(); ++item) {
      const Look& look = looks[static_cast<size_t>(item)];
      if (!look.usable) continue;
      auto& others = of_part[look.slopes >> (part * kPartBits) & ((uint64_t{1} << kPartBits) - 1)];
      for (const int64_t other : others) {
        if (alike(look, looks[static_cast<size_t>(other)])) pairs.emplace(other, item);
      }
      if (others.size() < kMostOfAPart) others.push_back(item);
    }
  }
  Duplicates found;
  const bool classes = !source.class_names().empty();
  for (const auto& [first, second] : pairs) {
    const Duplicate pair{
        first, second, looks[static_cast<size_t>(first)].pixels == looks[static_cast<size_t>(second)].pixels};
    if (source.split(first) != source.split(second)) {
      found.between_splits.push_back(pair);
    } else if (classes && source.label(first) != source.label(second)) {
      found.between_classes.push_back(pair);
    } else {
      ++found.within;
    }
  }
  return found;
}

}  // namespace nudge::data
