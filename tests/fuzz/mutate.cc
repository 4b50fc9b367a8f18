#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace nudge::fuzz {
namespace {

// Numbers at which sizes and counts go wrong.
constexpr int64_t kNumbers[] = {0,       1,         -1,        2,         127,        128,        255,
                                256,     -129,      65'535,    65'536,    0x7fffffff, 0x80000000, 0xffffffff,
                                1 << 20, INT64_MIN, INT64_MAX, 1LL << 40, 1LL << 60,  1'000'000};

void overwrite(std::vector<std::byte>& bytes, Random& random) {
  const int64_t number = kNumbers[random.below(std::size(kNumbers))];
  const size_t widths[] = {1, 2, 4, 8};
  const size_t at = random.below(bytes.size());
  const size_t width = std::min(widths[random.below(4)], bytes.size() - at);
  std::memcpy(&bytes[at], &number, width);
}

void change(std::vector<std::byte>& bytes, Random& random) {
  if (bytes.empty()) return bytes.push_back(std::byte{1});
  const size_t at = random.below(bytes.size());
  const size_t length = std::min<size_t>(1 + random.below(64), bytes.size() - at);
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const auto end = begin + static_cast<std::ptrdiff_t>(length);
  switch (random.below(8)) {
    case 0:
    case 1:
      *begin ^= std::byte{1} << random.below(8);
      return;
    case 2:
    case 3:
      return overwrite(bytes, random);
    case 4:
      *begin = static_cast<std::byte>(random.below(256));
      return;
    case 5:
      bytes.erase(begin, end);
      return;
    case 6: {
      const std::vector<std::byte> part(begin, end);
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(random.below(bytes.size())), part.begin(),
                   part.end());
      return;
    }
    default:
      bytes.resize(random.below(8) == 0 ? at : bytes.size());
      return;
  }
}

void collect(Json& json, std::vector<Json*>& nodes) {
  nodes.push_back(&json);
  if (!json.is_structured()) return;
  for (Json& inner : json) collect(inner, nodes);
}

Json other_value(Random& random) {
  static const Json values[] = {nullptr,
                                true,
                                false,
                                -0.5,
                                1e30,
                                1e308,
                                "",
                                "x",
                                "relu",
                                "same",
                                Json::array(),
                                Json::object(),
                                {1, 2},
                                {nullptr},
                                {0, 0},
                                {-1, -1},
                                {{1, 2}, {3}},
                                {"a", 0, 0},
                                std::string(5000, 'a'),
                                "\n\x01\"",
                                {{"class_name", "Dense"}, {"config", Json::object()}},
                                {{"class_name", 3}},
                                std::numeric_limits<uint64_t>::max()};
  const size_t which = random.below(std::size(values) + std::size(kNumbers));
  return which < std::size(values) ? values[which] : Json(kNumbers[which - std::size(values)]);
}

}  // namespace

std::vector<std::byte> mutate_bytes(std::span<const std::byte> bytes, Random& random) {
  std::vector<std::byte> mutated(bytes.begin(), bytes.end());
  const uint64_t changes = 1 + random.below(4);
  for (uint64_t i = 0; i < changes; ++i) change(mutated, random);
  return mutated;
}

Json mutate_json(const Json& json, Random& random) {
  Json mutated = json;
  const uint64_t changes = 1 + random.below(3);
  for (uint64_t i = 0; i < changes; ++i) {
    std::vector<Json*> nodes;
    collect(mutated, nodes);
    Json& node = *nodes[random.below(nodes.size())];
    const uint64_t how = random.below(8);
    if (how == 0 && node.is_structured() && !node.empty()) {
      node.erase(std::next(node.begin(), static_cast<std::ptrdiff_t>(random.below(node.size()))));
    } else if (how == 1 && node.is_array() && !node.empty()) {
      node.push_back(Json(node[random.below(node.size())]));
    } else if (how == 2) {
      node = Json(*nodes[random.below(nodes.size())]);
    } else {
      node = other_value(random);
    }
  }
  return mutated;
}

}  // namespace nudge::fuzz
