#include "nudge/data/array_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/finite.h"
#include "nudge/base/log.h"
#include "nudge/data/class_numbers.h"
#include "nudge/data/resize.h"

namespace nudge::data {
namespace {

Shape item_shape(const Array& array) { return {array.shape().begin() + 1, array.shape().end()}; }

class ArraySource : public Source {
 public:
  ArraySource(std::string name, Archive arrays, std::vector<int32_t> labels, int64_t classes)
      : name_(std::move(name)),
        arrays_(std::move(arrays)),
        labels_(std::move(labels)),
        classes_(numbered_classes(classes)) {
    std::vector<std::string> names;
    for (int64_t i = 0; i < size(); ++i) names.push_back(item_name(i));
    splits_ = balanced_splits(names, labels_.empty() ? std::vector<int32_t>(names.size()) : labels_);
  }

  const std::string& spec() const override { return name_; }
  int64_t size() const override { return arrays_.begin()->second.shape()[0]; }
  const std::vector<std::string>& class_names() const override { return classes_; }
  bool has_pictures() const override {
    const auto x = arrays_.find("x");
    if (x == arrays_.end() || x->second.type() == DataType::kInt32) return false;
    return x->second.shape().size() == 3 || x->second.shape().size() == 4;
  }
  int64_t channels() const override { return picture_shape()[2]; }
  DataType pixel_type() const override {
    const auto x = arrays_.find("x");
    if (x != arrays_.end())
      return x->second.type() == DataType::kUInt8 ? DataType::kUInt8 : DataType::kFloat32;
    const bool bytes = std::any_of(arrays_.begin(), arrays_.end(),
                                   [](const auto& array) { return is_picture(array.second); });
    return bytes ? DataType::kUInt8 : DataType::kFloat32;
  }
  int32_t label(int64_t item) const override {
    if (labels_.empty()) throw InputError(name_ + ": no array y of class numbers");
    return labels_.at(static_cast<size_t>(item));
  }
  std::string item_name(int64_t item) const override { return fmt::format("{:05}", item); }
  Split split(int64_t item) const override { return splits_.at(static_cast<size_t>(item)); }
  ImageSize stored_size(int64_t) const override {
    const Shape shape = picture_shape();
    return {shape[0], shape[1]};
  }
  Array load(int64_t item, ImageSize size) const override {
    check_image_size(size);
    const Shape shape = picture_shape();
    const Array& x = arrays_.at("x");
    if (x.type() == DataType::kInt32) {
      throw InputError(name_ + ": array x holds integers, pictures are uint8 or float32");
    }
    return resize_stored(x.slice(item, item + 1).reshape(shape), size);
  }
  std::vector<StoredArray> arrays() const override {
    std::vector<StoredArray> all;
    for (const auto& [name, array] : arrays_) all.push_back({name, item_shape(array), array.type()});
    return all;
  }
  Array load_array(int64_t item, const std::string& name) const override {
    const auto found = arrays_.find(name);
    if (found == arrays_.end()) throw InputError(name_ + ": no array " + name);
    return found->second.slice(item, item + 1).reshape(item_shape(found->second));
  }

 private:
  static bool is_picture(const Array& array) {
    return array.type() == DataType::kUInt8 && array.shape().size() == 4;
  }

  // (height, width, channels) of what is stored with or without channels.
  Shape picture_shape() const {
    const auto x = arrays_.find("x");
    if (x == arrays_.end()) throw InputError(name_ + ": no array x; pictures are its items");
    const Shape& stored = x->second.shape();
    if (stored.size() == 3) return {stored[1], stored[2], 1};
    if (stored.size() == 4) return {stored[1], stored[2], stored[3]};
    throw InputError(name_ + ": array x has the shape " + to_string(stored) +
                     ", no pictures (N, height, width[, channels])");
  }

  std::string name_;
  Archive arrays_;
  std::vector<int32_t> labels_;
  std::vector<std::string> classes_;
  std::vector<Split> splits_;
};

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

// Bytes stay bytes, other integers become int32, the rest float32.
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

bool is_scalar(const Array& array) { return array.size() == array.shape()[0]; }

// Class numbers of y; none where it holds something else.
std::vector<int32_t> labels_of(const Archive& arrays, const std::string& name) {
  const auto found = arrays.find("y");
  if (found == arrays.end() || found->second.type() == DataType::kFloat32 || !is_scalar(found->second)) {
    return {};
  }
  const Array y = found->second.type() == DataType::kUInt8 ? converted<uint8_t, int32_t>(found->second, name)
                                                           : found->second;
  const std::vector<int32_t> labels(y.span<int32_t>().begin(), y.span<int32_t>().end());
  return labels;
}

void check_items(const Archive& arrays, const std::string& name) {
  if (arrays.empty()) throw InputError(name + ": holds no arrays");
  const auto x = arrays.find("x");
  if (x != arrays.end() && (x->second.shape().size() < 2 || x->second.size() == 0)) {
    throw InputError(
        fmt::format("{}: array x must be (N, ...), pictures (N, height, width[, channels]), it "
                    "is {} {}",
                    name, to_string(x->second.type()), to_string(x->second.shape())));
  }
  const auto& [first, of_first] = x != arrays.end() ? *x : *arrays.begin();
  for (const auto& [other, array] : arrays) {
    if (array.shape().empty() || array.size() == 0) {
      throw InputError(
          fmt::format("{}: array {} holds no items, it is {}", name, other, to_string(array.shape())));
    }
    const int64_t items = array.shape()[0], wanted = of_first.shape().empty() ? 0 : of_first.shape()[0];
    if (items == wanted) continue;
    throw InputError(
        other == "y"
            ? fmt::format("{}: array y has {} labels for the {} images of {}", name, items, wanted, first)
            : fmt::format("{}: array {} has {} items, {} has {}", name, other, items, first, wanted));
  }
}

}  // namespace

std::shared_ptr<const Source> from_arrays(Archive arrays, const std::string& name) {
  check_items(arrays, name);
  for (auto& [key, array] : arrays) {
    const std::string where = name + ": array " + key;
    check_finite(array, where);
    array = plain(array, where);
    warn_of_huge(array, where);
  }
  std::vector<int32_t> labels = labels_of(arrays, name);
  const int64_t classes = labels.empty() ? 0 : count_classes(labels, name);
  auto source = std::make_shared<ArraySource>(name, std::move(arrays), std::move(labels), classes);
  warn_of_missing(*source, false);
  return source;
}

std::shared_ptr<const Source> open_npz_source(const std::string& path) {
  return from_arrays(read_npz(path), path);
}

}  // namespace nudge::data
