#include "nudge/graph/initializer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

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

double product_of(const Shape& shape, const std::vector<int64_t>& axes) {
  double product = 1;
  for (const int64_t axis : axes) {
    const int64_t resolved = axis < 0 ? axis + static_cast<int64_t>(shape.size()) : axis;
    if (resolved < 0 || resolved >= static_cast<int64_t>(shape.size())) {
      throw ShapeError("an initializer has axis " + std::to_string(axis) + ", the weight shape " +
                       to_string(shape));
    }
    product *= static_cast<double>(shape[static_cast<size_t>(resolved)]);
  }
  return product;
}

// A matrix with ones on its diagonal.
void fill_identity(Array& array, double gain) {
  const Shape& shape = array.shape();
  if (shape.size() != 2) {
    throw ShapeError("initializer Identity takes matrices, the weight's shape is " + to_string(shape));
  }
  for (int64_t i = 0; i < array.size(); ++i) {
    array.data<float>()[i] = i / shape[1] == i % shape[1] ? static_cast<float>(gain) : 0.0f;
  }
}

// Rows, or columns where they are fewer, that are orthogonal and of length `gain`: normal draws by Gram and
// Schmidt, which is what the Q of a QR with positive diagonal is.
void fill_orthogonal(Array& array, Random& random, double gain) {
  const Shape& shape = array.shape();
  if (shape.size() < 2) {
    throw ShapeError("initializer Orthogonal takes two dimensions or more, the weight's shape is " +
                     to_string(shape));
  }
  const int64_t columns = shape.back(), rows = array.size() / std::max<int64_t>(1, columns);
  const int64_t count = std::min(rows, columns), length = std::max(rows, columns);
  std::vector<std::vector<double>> vectors(static_cast<size_t>(count));
  for (size_t i = 0; i < vectors.size(); ++i) {
    auto& v = vectors[i];
    for (int64_t k = 0; k < length; ++k) v.push_back(random.normal());
    for (int pass = 0; pass < 2; ++pass) {  // the second takes what rounding left
      for (size_t j = 0; j < i; ++j) {
        const double along = std::inner_product(v.begin(), v.end(), vectors[j].begin(), 0.0);
        for (size_t k = 0; k < v.size(); ++k) v[k] -= along * vectors[j][k];
      }
    }
    const double norm = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
    for (double& x : v) x /= norm;
  }
  for (int64_t i = 0; i < array.size(); ++i) {
    const auto row = static_cast<size_t>(i / columns), column = static_cast<size_t>(i % columns);
    array.data<float>()[i] =
        static_cast<float>(gain * (rows < columns ? vectors[row][column] : vectors[column][row]));
  }
}

void fill_scaled(Array& array, Random& random, double scale, const std::string& mode,
                 const std::string& distribution, const Fans& fans) {
  if (mode != "fan_in" && mode != "fan_out" && mode != "fan_avg") {
    throw UnsupportedError("unknown mode '" + mode + "' of an initializer");
  }
  if (distribution != "uniform" && distribution != "truncated_normal" &&
      distribution != "untruncated_normal") {
    throw UnsupportedError("unknown distribution '" + distribution + "' of an initializer");
  }
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

// Keras's class by any of its names.
std::string initializer_class(const std::string& name) {
  static const std::map<std::string, std::string> others{{"IdentityInitializer", "Identity"},
                                                         {"OrthogonalInitializer", "Orthogonal"},
                                                         {"STFTInitializer", "STFT"},
                                                         {"stft", "STFT"},
                                                         {"normal", "RandomNormal"},
                                                         {"uniform", "RandomUniform"},
                                                         {"one", "Ones"},
                                                         {"zero", "Zeros"}};
  const auto found = others.find(name);
  return found != others.end() ? found->second : snake_to_class(name);
}

std::vector<int64_t> axes_of(const Json& config, const char* key, const std::string& who) {
  std::vector<int64_t> axes;
  if (!config.contains(key) || config[key].is_null()) return axes;
  for (const Json& axis : array_member(config, key, who)) {
    if (!axis.is_number_integer()) {
      throw InputError(who + "'" + key + "' must be a list of integers, given " + excerpt(config[key]));
    }
    axes.push_back(axis.get<int64_t>());
  }
  return axes;
}

}  // namespace

void Initializer::fill(Array& array, Random& given) const {
  Random own(static_cast<uint64_t>(seed.value_or(0)));
  Random& random = seed ? own : given;
  const auto fill_by_fans = [&](double by, const std::string& of, const std::string& drawn) {
    const bool axes = !input_axes.empty() && !output_axes.empty();
    const Shape& shape = array.shape();
    fill_scaled(array, random, by, of, drawn,
                axes ? Fans{product_of(shape, input_axes), product_of(shape, output_axes)} : fans_of(shape));
  };
  for (const Scaling& known : kScalings) {
    if (name == known.name) return fill_by_fans(known.scale, known.mode, known.distribution);
  }
  if (name == "VarianceScaling") return fill_by_fans(scale, mode, distribution);
  if (name == "Identity") return fill_identity(array, gain);
  if (name == "Orthogonal") return fill_orthogonal(array, random, gain);
  const auto each = [&](auto&& draw) {
    for (float& element : array.span<float>()) element = static_cast<float>(draw());
  };
  if (name == "Zeros") return each([] { return 0.0; });
  if (name == "Ones") return each([] { return 1.0; });
  if (name == "Constant") return each([&] { return value; });
  if (name == "RandomNormal") return each([&] { return mean + stddev * random.normal(); });
  if (name == "TruncatedNormal") return each([&] { return mean + stddev * random.truncated_normal(); });
  if (name == "RandomUniform") return each([&] { return random.uniform(minval, maxval); });
  if (name == "STFT")
    throw UnsupportedError("initializer 'STFT' is not supported; load its values from a file");
  throw UnsupportedError("unknown initializer '" + name + "'");
}

Json Initializer::to_json() const {
  Json config = Json::object();
  if (name == "Constant") {
    config["value"] = value;
  } else if (name == "RandomNormal" || name == "TruncatedNormal") {
    config = {{"mean", mean}, {"stddev", stddev}};
  } else if (name == "RandomUniform") {
    config = {{"minval", minval}, {"maxval", maxval}};
  } else if (name == "VarianceScaling") {
    config = {{"scale", scale}, {"mode", mode}, {"distribution", distribution}};
  } else if (name == "Orthogonal") {
    config["gain"] = gain;
  }
  if (name != "Constant" && name != "Zeros" && name != "Ones" && name != "Identity") {
    config["seed"] = seed ? Json(*seed) : Json(nullptr);
  }
  if (!input_axes.empty()) config["input_axes"] = input_axes;
  if (!output_axes.empty()) config["output_axes"] = output_axes;
  return {{"module", "keras.initializers"},
          {"class_name", name},
          {"config", config},
          {"registered_name", nullptr}};
}

Initializer Initializer::from_json(const Json& json) {
  if (json.is_string()) return {.name = initializer_class(json.get<std::string>())};
  const std::string who = "an initializer: ";
  Initializer made{.name = initializer_class(text_member(json, "class_name", who))};
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
  number("gain", made.gain);
  const auto seed = config.find("seed");
  if (seed != config.end() && seed->is_number_integer()) made.seed = seed->get<int64_t>();
  made.input_axes = axes_of(config, "input_axes", who);
  made.output_axes = axes_of(config, "output_axes", who);
  made.mode = text_member(config, "mode", who, made.mode);
  made.distribution = text_member(config, "distribution", who, made.distribution);
  return made;
}

}  // namespace nudge
