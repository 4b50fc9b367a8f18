#include "nudge/graph/initializer.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge {
namespace {

struct Fans {
  double in;
  double out;
};

// Keras's compute_fans: the last two dimensions are input and output, those before are the receptive field.
Fans fans_of(const Shape& shape) {
  if (shape.empty()) return {1, 1};
  if (shape.size() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double receptive = 1;
  for (size_t i = 0; i + 2 < shape.size(); ++i) receptive *= static_cast<double>(shape[i]);
  return {receptive * static_cast<double>(shape[shape.size() - 2]),
          receptive * static_cast<double>(shape.back())};
}

struct Scaling {
  const char* name;
  double scale;
  const char* mode;
  const char* distribution;
};

// The named members of Keras's VarianceScaling family.
constexpr std::array<Scaling, 6> kScalings{{{"GlorotUniform", 1.0, "fan_avg", "uniform"},
                                            {"GlorotNormal", 1.0, "fan_avg", "truncated_normal"},
                                            {"HeUniform", 2.0, "fan_in", "uniform"},
                                            {"HeNormal", 2.0, "fan_in", "truncated_normal"},
                                            {"LecunUniform", 1.0, "fan_in", "uniform"},
                                            {"LecunNormal", 1.0, "fan_in", "truncated_normal"}}};

void fill_scaled(Array& array, Random& random, double scale, const std::string& mode,
                 const std::string& distribution) {
  if (mode != "fan_in" && mode != "fan_out" && mode != "fan_avg") {
    throw UnsupportedError("unknown mode '" + mode + "' of an initializer");
  }
  if (distribution != "uniform" && distribution != "truncated_normal" &&
      distribution != "untruncated_normal") {
    throw UnsupportedError("unknown distribution '" + distribution + "' of an initializer");
  }
  const Fans fans = fans_of(array.shape());
  const double fan = mode == "fan_in" ? fans.in : mode == "fan_out" ? fans.out : (fans.in + fans.out) / 2;
  const double variance = scale / std::max(1.0, fan);
  const double limit = std::sqrt(3.0 * variance);
  // 0.8796...: the deviation of a normal truncated at two deviations.
  const double deviation =
      std::sqrt(variance) / (distribution == "truncated_normal" ? 0.87962566103423978 : 1.0);
  for (float& value : array.span<float>()) {
    value = static_cast<float>(distribution == "uniform"            ? random.uniform(-limit, limit)
                               : distribution == "truncated_normal" ? deviation * random.truncated_normal()
                                                                    : deviation * random.normal());
  }
}

std::string snake_to_class(const std::string& name) {
  if (name.find('_') == std::string::npos && !name.empty() &&
      std::isupper(static_cast<unsigned char>(name[0]))) {
    return name;
  }
  std::string result;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
    } else {
      result += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return result;
}

}  // namespace

void Initializer::fill(Array& array, Random& random) const {
  for (const Scaling& known : kScalings) {
    if (name == known.name) return fill_scaled(array, random, known.scale, known.mode, known.distribution);
  }
  if (name == "VarianceScaling") return fill_scaled(array, random, scale, mode, distribution);
  const auto each = [&](auto&& draw) {
    for (float& element : array.span<float>()) element = static_cast<float>(draw());
  };
  if (name == "Zeros") return each([] { return 0.0; });
  if (name == "Ones") return each([] { return 1.0; });
  if (name == "Constant") return each([&] { return value; });
  if (name == "RandomNormal") return each([&] { return mean + stddev * random.normal(); });
  if (name == "TruncatedNormal") return each([&] { return mean + stddev * random.truncated_normal(); });
  if (name == "RandomUniform") return each([&] { return random.uniform(minval, maxval); });
  throw UnsupportedError("unknown initializer '" + name + "'");
}

Json Initializer::to_json() const {
  Json config = Json::object();
  if (name == "Constant") {
    config["value"] = value;
  } else if (name == "RandomNormal" || name == "TruncatedNormal") {
    config = {{"mean", mean}, {"stddev", stddev}, {"seed", nullptr}};
  } else if (name == "RandomUniform") {
    config = {{"minval", minval}, {"maxval", maxval}, {"seed", nullptr}};
  } else if (name == "VarianceScaling") {
    config = {{"scale", scale}, {"mode", mode}, {"distribution", distribution}, {"seed", nullptr}};
  } else if (name != "Zeros" && name != "Ones") {
    config["seed"] = nullptr;
  }
  return {{"module", "keras.initializers"},
          {"class_name", name},
          {"config", config},
          {"registered_name", nullptr}};
}

Initializer Initializer::from_json(const Json& json) {
  if (json.is_string()) return {.name = snake_to_class(json.get<std::string>())};
  const std::string who = "an initializer: ";
  Initializer made{.name = snake_to_class(text_member(json, "class_name", who))};
  const Json config = json.contains("config") ? object_member(json, "config", who) : Json::object();
  const auto number = [&](const char* key, double& target) {
    if (config.contains(key) && config[key].is_number()) target = config[key].get<double>();
  };
  number("value", made.value);
  number("mean", made.mean);
  number("stddev", made.stddev);
  number("minval", made.minval);
  number("maxval", made.maxval);
  number("scale", made.scale);
  made.mode = text_member(config, "mode", who, made.mode);
  made.distribution = text_member(config, "distribution", who, made.distribution);
  return made;
}

}  // namespace nudge
