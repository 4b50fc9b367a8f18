#include "nudge/keras/stored_weight.h"

#include "nudge/base/error.h"

namespace nudge::keras {
namespace {

template <typename T>
Array to_float32(const Array& stored) {
  Array array(stored.shape());
  float* out = array.data<float>();
  for (const T value : stored.span<T>()) *out++ = static_cast<float>(value);
  return array;
}

}  // namespace

std::string describe(const Layer& layer, const Weight& weight) {
  return "weight '" + weight.name + "' of layer '" + layer.name() + "'";
}

void fill_weight(const Layer& layer, Weight& weight, const Array& stored, const std::string& where) {
  const std::string which = where + ": " + describe(layer, weight);
  // TFMOT counts steps in an int32.
  const bool is_counter = stored.type() == DataType::kInt32 && weight.shape.empty();
  if (stored.type() != DataType::kFloat32 && stored.type() != DataType::kFloat64 && !is_counter) {
    throw InputError(which + " must be floating point, the file has " + to_string(stored.type()));
  }
  if (stored.shape() != weight.shape) {
    throw InputError(which + " must have shape " + to_string(weight.shape) + ", the file has " +
                     to_string(stored.shape()));
  }
  weight.value = stored.type() == DataType::kFloat32   ? stored
                 : stored.type() == DataType::kFloat64 ? to_float32<double>(stored)
                                                       : to_float32<int32_t>(stored);
}

}  // namespace nudge::keras
