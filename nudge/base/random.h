// Random numbers that are the same on every machine: the standard library's engines are portable,
// its distributions are not, so the distributions are here.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace nudge {

// A small, fast generator (splitmix64: Steele, Lea and Flood 2014).  Not for secrets.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next();
  // Uniform in [0, n); n must be positive.
  uint64_t below(uint64_t n);
  // Uniform in [0, 1).
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // Normal with mean 0 and deviation 1 (Box-Muller, one value a call).
  double normal();
  // Normal, redrawn until within two deviations, as Keras truncates.
  double truncated_normal();

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

  // A generator for a named or numbered part.  Nothing is drawn here; once something was, forks differ.
  Random fork(uint64_t stream) const;

  uint64_t state() const { return state_; }

 private:
  uint64_t state_;
};

// A hash that does not change from build to build (FNV-1a, then mixed), for splits and seeds by name.
uint64_t stable_hash(std::string_view text);

}  // namespace nudge
