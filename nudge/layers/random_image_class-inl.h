// What Keras's Random... layers are called, which arguments they take and what these mean.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/ops/distortion.h"

namespace nudge::layers {

// Keras's arguments as distortions have them; every error starts with `where` and names the argument.
class DistortionReader {
 public:
  DistortionReader(const Json& arguments, std::string where)
      : arguments_(arguments), where_(std::move(where)) {}

  bool has(const std::string& key) const;
  double number(const std::string& key) const;
  std::string text(const std::string& key) const;
  // One number or some.
  std::vector<double> numbers(const std::string& key) const;
  // A number f is from -f, or `low` if that is more, to f; two are the interval.  Either must reach into
  // [low, high].
  ops::Interval factor(const std::string& key, double low, double high) const;
  // A number f is from -f to f.
  ops::Interval both_ways(const std::string& key) const;
  ops::Interval value_range() const;
  ops::Sampling sampling() const;

  [[noreturn]] void refuse(const std::string& key, const std::string& expected) const;

 private:
  const Json& arguments_;
  std::string where_;
};

struct RandomImageClass {
  std::string_view name;
  bool colors = false;  // takes three channels
  Json defaults;        // every argument; null where it must be given or is none
  std::vector<ops::Distortion> (*read)(const DistortionReader& reader);
};

const std::vector<RandomImageClass>& random_image_table();

}  // namespace nudge::layers
