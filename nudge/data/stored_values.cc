#include "nudge/data/stored_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/finite.h"
#include "nudge/base/log.h"

namespace nudge::data {
namespace {

template <typename From, typename To>
Array converted(const Array& array, const std::string& where) {
  Array result(array.shape(), DataTypeOf<To>::value);
  To* to = result.data<To>();
  for (const From value : array.span<From>()) {
    if constexpr (std::is_integral_v<From> && sizeof(From) > sizeof(To)) {
      if (!std::in_range<To>(value)) throw InputError(fmt::format("{}: {} is out of range", where, value));
    } else if constexpr (std::is_floating_point_v<From>) {
      if (std::abs(value) > std::numeric_limits<To>::max())
        throw InputError(fmt::format("{}: {} is out of range", where, value));
    }
    *to++ = static_cast<To>(value);
  }
  return result;
}

Array plain(const Array& array, const std::string& where) {
  switch (array.type()) {
    case DataType::kInt8:
      return converted<int8_t, int32_t>(array, where);
    case DataType::kInt16:
      return converted<int16_t, int32_t>(array, where);
    case DataType::kInt64:
      return converted<int64_t, int32_t>(array, where);
    case DataType::kFloat64:
      return converted<double, float>(array, where);
    case DataType::kBool:
      return converted<bool, int32_t>(array, where);
    default:
      return array;
  }
}

// Layers square what they are given, which float32 does not hold of such numbers.
void warn_of_huge(const Array& array, const std::string& where) {
  if (array.type() != DataType::kFloat32) return;
  constexpr float kLargest = 1.8e19F;
  const auto values = array.span<float>();
  const auto found =
      std::find_if(values.begin(), values.end(), [](float value) { return std::abs(value) > kLargest; });
  if (found != values.end())
    log_warning(fmt::format("{}: holds {}, whose square is beyond float32", where, *found));
}

}  // namespace

Array as_stored(const Array& array, const std::string& where) {
  check_finite(array, where);
  Array stored = plain(array, where);
  warn_of_huge(stored, where);
  return stored;
}

DataType stored_type(DataType type) {
  if (type == DataType::kUInt8) return type;
  return type == DataType::kFloat32 || type == DataType::kFloat64 ? DataType::kFloat32 : DataType::kInt32;
}

}  // namespace nudge::data
