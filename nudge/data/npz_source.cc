#include "nudge/data/npz_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/data/npz.h"
#include "nudge/data/resize.h"

namespace nudge::data {
namespace {

// A guard against labels that are really measurements.
constexpr int64_t kMostClasses = 100'000;

class NpzSource : public Source {
 public:
  NpzSource(std::string path, Array x, std::vector<int32_t> y, int64_t classes)
      : path_(std::move(path)), x_(std::move(x)), y_(std::move(y)) {
    for (int64_t i = 0; i < classes; ++i) classes_.push_back(std::to_string(i));
    std::vector<std::string> names;
    for (size_t i = 0; i < y_.size(); ++i) names.push_back(name(static_cast<int64_t>(i)));
    splits_ = balanced_splits(names, y_);
  }

  const std::string& spec() const override { return path_; }
  int64_t size() const override { return x_.shape()[0]; }
  const std::vector<std::string>& class_names() const override { return classes_; }
  int64_t channels() const override { return picture_shape()[2]; }
  DataType pixel_type() const override { return x_.type(); }
  int32_t label(int64_t item) const override { return y_.at(static_cast<size_t>(item)); }
  std::string item_name(int64_t item) const override { return name(item); }
  Split split(int64_t item) const override { return splits_.at(static_cast<size_t>(item)); }
  ImageSize stored_size(int64_t) const override { return {picture_shape()[0], picture_shape()[1]}; }
  Array load(int64_t item, ImageSize size) const override {
    check_image_size(size);
    return resize_stored(x_.slice(item, item + 1).reshape(picture_shape()), size);
  }
  Shape sample_shape() const override { return {x_.shape().begin() + 1, x_.shape().end()}; }
  Array load_sample(int64_t item) const override { return x_.slice(item, item + 1).reshape(sample_shape()); }

 private:
  // (height, width, channels) of what is stored with or without channels.
  Shape picture_shape() const {
    const Shape& stored = x_.shape();
    if (stored.size() == 3) return {stored[1], stored[2], 1};
    if (stored.size() == 4) return {stored[1], stored[2], stored[3]};
    throw InputError(path_ + ": array x has the shape " + to_string(x_.shape()) +
                     ", no pictures (N, height, width[, channels])");
  }
  static std::string name(int64_t item) { return fmt::format("{:05}", item); }

  std::string path_;
  Array x_;
  std::vector<int32_t> y_;
  std::vector<Split> splits_;
  std::vector<std::string> classes_;
};

template <typename T>
std::vector<int64_t> widened(const Array& array) {
  return {array.data<T>(), array.data<T>() + array.size()};
}

std::vector<int64_t> integers(const Array& array, const std::string& path) {
  switch (array.type()) {
    case DataType::kUInt8:
      return widened<uint8_t>(array);
    case DataType::kInt8:
      return widened<int8_t>(array);
    case DataType::kInt16:
      return widened<int16_t>(array);
    case DataType::kInt32:
      return widened<int32_t>(array);
    case DataType::kInt64:
      return widened<int64_t>(array);
    default:
      throw InputError(path + ": array y must hold integers, it holds " + to_string(array.type()));
  }
}

Array require(const Archive& arrays, const std::string& name, const std::string& path) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) throw InputError(path + ": no array " + name + "; a source needs x and y");
  return found->second;
}

}  // namespace

std::shared_ptr<const Source> open_npz_source(const std::string& path) {
  const Archive arrays = read_npz(path);
  const Array x = require(arrays, "x", path);
  const Array y = require(arrays, "y", path);
  const bool known_type = x.type() == DataType::kUInt8 || x.type() == DataType::kFloat32;
  if (!known_type || x.shape().size() < 2 || x.size() == 0) {
    throw InputError(fmt::format(
        "{}: array x must be uint8 or float32 (N, ...), pictures (N, height, width[, channels]), it is {} {}",
        path, to_string(x.type()), to_string(x.shape())));
  }
  if (y.size() != x.shape()[0]) {
    throw InputError(
        fmt::format("{}: array y has {} labels for the {} images of x", path, y.size(), x.shape()[0]));
  }
  const std::vector<int64_t> labels = integers(y, path);
  const auto [least, most] = std::minmax_element(labels.begin(), labels.end());
  if (*least < 0 || *most >= kMostClasses) {
    throw InputError(fmt::format("{}: labels go from {} to {}; they must start at 0 and stay below {}", path,
                                 *least, *most, kMostClasses));
  }
  if (*least == 1 && std::set<int64_t>(labels.begin(), labels.end()).size() == static_cast<size_t>(*most)) {
    throw InputError(fmt::format(
        "{}: labels go from 1 to {}, and none is 0; they must start at 0: take 1 away", path, *most));
  }
  if (*most == 0) throw InputError(path + ": holds only one class; at least two are needed");
  const auto source =
      std::make_shared<NpzSource>(path, x, std::vector<int32_t>(labels.begin(), labels.end()), *most + 1);
  warn_of_missing(*source, false);
  return source;
}

}  // namespace nudge::data
