#include "nudge/deploy/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/tflite/evaluator.h"

namespace nudge::deploy {
namespace {

using tflite::BuiltinOperator;
using tflite::TfLiteTensor;

constexpr double kFloatTolerance = 1e-5;

// The grid that a float input is put on first; nothing where it is computed with as it is.
std::optional<tflite::Quantization> grid_behind(const tflite::SubGraph& graph, int32_t input) {
  for (const tflite::Operator& op : graph.operators) {
    if (op.op != BuiltinOperator::kQuantize || op.inputs.empty() || op.inputs[0] != input) continue;
    return graph.tensors[static_cast<size_t>(op.outputs.at(0))].quantization;
  }
  return std::nullopt;
}

// Noise around a level: uniform noise alone would drown in the first mean.
class Noise {
 public:
  explicit Noise(Random& random)
      : random_(random), level_(random.uniform(0.1, 0.9)), contrast_(random.uniform(0.05, 1.0)) {}

  // Within [low, high].
  double operator()(double low, double high) {
    const double part = std::clamp(level_ + contrast_ * (random_.uniform() - 0.5), 0.0, 1.0);
    return low + part * (high - low);
  }

 private:
  Random& random_;
  double level_, contrast_;
};

template <typename T>
void fill_codes(Array& array, Noise& noise) {
  for (T& value : array.span<T>()) {
    value = static_cast<T>(std::lround(noise(std::numeric_limits<T>::min(), std::numeric_limits<T>::max())));
  }
}

void fill_floats(Array& array, Noise& noise, const std::optional<tflite::Quantization>& grid) {
  for (float& value : array.span<float>()) {
    if (grid && !grid->scale.empty()) {
      const auto code = static_cast<double>(std::lround(noise(-128, 127)));
      value = static_cast<float>((code - static_cast<double>(grid->zero_point[0])) *
                                 static_cast<double>(grid->scale[0]));
    } else {
      value = static_cast<float>(noise(-1, 1));
    }
  }
}

Array random_input(const tflite::SubGraph& graph, int32_t index, Random& random) {
  const TfLiteTensor& tensor = graph.tensors[static_cast<size_t>(index)];
  Array array(tensor.shape, tflite::data_type(tensor.type));
  Noise noise(random);
  switch (array.type()) {
    case DataType::kInt8:
      fill_codes<int8_t>(array, noise);
      break;
    case DataType::kUInt8:
      fill_codes<uint8_t>(array, noise);
      break;
    case DataType::kInt16:
      fill_codes<int16_t>(array, noise);
      break;
    case DataType::kFloat32:
      fill_floats(array, noise, grid_behind(graph, index));
      break;
    default:
      break;  // indices and switches: zero is one of each
  }
  return array;
}

template <typename T>
void compare(const Array& a, const Array& b, GoldenDifference& difference) {
  for (int64_t i = 0; i < a.size(); ++i) {
    const auto expected = static_cast<double>(a.data<T>()[i]), found = static_cast<double>(b.data<T>()[i]);
    const double apart = std::abs(expected - found);
    const double allowed =
        std::is_floating_point_v<T> ? kFloatTolerance * std::max(1.0, std::abs(expected)) : 0.0;
    // Anything but a number differs from all.
    if (apart <= allowed || (std::isnan(expected) && std::isnan(found))) continue;
    ++difference.values;
    difference.largest = std::max(difference.largest, apart);
  }
}

void compare_values(const Array& a, const Array& b, GoldenDifference& difference) {
  switch (a.type()) {
    case DataType::kFloat32:
      return compare<float>(a, b, difference);
    case DataType::kFloat64:
      return compare<double>(a, b, difference);
    case DataType::kInt8:
      return compare<int8_t>(a, b, difference);
    case DataType::kUInt8:
      return compare<uint8_t>(a, b, difference);
    case DataType::kInt16:
      return compare<int16_t>(a, b, difference);
    case DataType::kInt32:
      return compare<int32_t>(a, b, difference);
    case DataType::kInt64:
      return compare<int64_t>(a, b, difference);
    case DataType::kBool:
      return compare<bool>(a, b, difference);
  }
}

}  // namespace

bool same_form(const Array& a, const Array& b) { return a.type() == b.type() && a.shape() == b.shape(); }

std::vector<GoldenVector> make_golden(const tflite::TfLiteModel& file, int64_t count, uint64_t seed) {
  tflite::Evaluator evaluator(file);
  Random random(seed);
  std::vector<GoldenVector> vectors;
  for (int64_t i = 0; i < count; ++i) {
    GoldenVector vector;
    for (const int32_t input : file.main().inputs) {
      vector.inputs.push_back(random_input(file.main(), input, random));
    }
    for (const Array& output : evaluator.run(vector.inputs)) vector.outputs.push_back(output.clone());
    vectors.push_back(std::move(vector));
  }
  return vectors;
}

std::vector<GoldenDifference> golden_differences(const std::vector<GoldenVector>& vectors,
                                                 const std::vector<std::vector<Array>>& given) {
  std::vector<GoldenDifference> differences;
  if (given.size() != vectors.size()) {
    throw InputError(fmt::format("{} results for {} golden vectors", given.size(), vectors.size()));
  }
  for (size_t v = 0; v < vectors.size(); ++v) {
    const std::vector<Array>& expected = vectors[v].outputs;
    for (size_t o = 0; o < std::max(expected.size(), given[v].size()); ++o) {
      if (o >= expected.size() || o >= given[v].size() || !same_form(expected[o], given[v][o])) {
        throw InputError(fmt::format("output {} has another type or shape than the golden one", o));
      }
      GoldenDifference difference{.vector = v, .output = o, .compared = expected[o].size()};
      compare_values(expected[o], given[v][o], difference);
      if (difference.values > 0) differences.push_back(difference);
    }
  }
  return differences;
}

}  // namespace nudge::deploy
