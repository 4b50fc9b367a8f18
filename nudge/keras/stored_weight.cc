#include "nudge/keras/stored_weight.h"

#include "nudge/base/error.h"
#include "nudge/base/finite.h"

namespace nudge::keras {
namespace {

template <typename T>
Array converted(const Array& stored) {
  Array array(stored.shape());
  float* out = array.data<float>();
  for (const T value : stored.span<T>()) *out++ = static_cast<float>(value);
  return array;
}

}  // namespace

std::string describe(const Layer& layer, const Weight& weight) {
  return "weight '" + weight.name + "' of layer '" + layer.name() + "'";
}

Array to_float32(const Array& stored, const std::string& which) {
  switch (stored.type()) {
    case DataType::kFloat32:
      return stored;
    case DataType::kFloat64:
      return converted<double>(stored);
    // TFMOT counts steps in a lone integer, Keras's Normalization what it has seen.
    case DataType::kInt32:
      if (stored.shape().empty()) return converted<int32_t>(stored);
      break;
    case DataType::kInt64:
      if (stored.shape().empty()) return converted<int64_t>(stored);
      break;
    default:
      break;
  }
  throw InputError(which + " must be floating point, the file has " + to_string(stored.type()));
}

void fill_weight(const Layer& layer, Weight& weight, const Array& stored, const std::string& where) {
  const std::string which = where + ": " + describe(layer, weight);
  Array value = to_float32(stored, which);
  if (value.shape() != weight.shape) {
    throw InputError(which + " must have shape " + to_string(weight.shape) + ", the file has " +
                     to_string(value.shape()));
  }
  check_finite(value, which);
  weight.value = std::move(value);
}

}  // namespace nudge::keras
