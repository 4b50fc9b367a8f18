#include "nudge/base/random.h"

#include <cmath>
#include <numbers>

namespace nudge {
namespace {

__extension__ using Wide = unsigned __int128;

uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  return mix(state_);
}

uint64_t Random::below(uint64_t n) {
  // The high word of a 128-bit product; the bias for n < 2^32 is below 2^-32.
  return static_cast<uint64_t>((static_cast<Wide>(next()) * n) >> 64);
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double Random::truncated_normal() {
  double value = normal();
  while (std::abs(value) > 2.0) value = normal();
  return value;
}

Random Random::fork(uint64_t stream) const {
  return Random(mix(state_ ^ mix(stream + 0x632be59bd9b4e019ULL)));
}

uint64_t stable_hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix(hash);
}

}  // namespace nudge
