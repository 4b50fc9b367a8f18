#include "nudge/data/array_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/data/class_labels.h"
#include "nudge/data/npy.h"
#include "nudge/data/resize.h"
#include "nudge/data/stored_values.h"

namespace nudge::data {
namespace {

Shape item_shape(const Array& array) { return {array.shape().begin() + 1, array.shape().end()}; }

class ArraySource : public Source {
 public:
  ArraySource(std::string name, Archive arrays, std::vector<int32_t> labels, int64_t classes,
              std::vector<Split> splits)
      : name_(std::move(name)),
        arrays_(std::move(arrays)),
        labels_(std::move(labels)),
        classes_(numbered_classes(classes)),
        splits_(std::move(splits)) {
    if (!splits_.empty()) return;
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

bool is_scalar(const Array& array) { return array.size() == array.shape()[0]; }

// Class numbers of y; none where it holds something else.
std::vector<int32_t> labels_of(const Archive& arrays) {
  const auto found = arrays.find("y");
  if (found == arrays.end() || found->second.type() == DataType::kFloat32 || !is_scalar(found->second)) {
    return {};
  }
  if (found->second.type() == DataType::kUInt8) {
    return {found->second.span<uint8_t>().begin(), found->second.span<uint8_t>().end()};
  }
  return {found->second.span<int32_t>().begin(), found->second.span<int32_t>().end()};
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

std::shared_ptr<const Source> from_arrays(Archive arrays, const std::string& name,
                                          std::vector<Split> splits) {
  check_items(arrays, name);
  const bool given = !splits.empty();
  if (const auto items = static_cast<size_t>(arrays.begin()->second.shape()[0]);
      given && splits.size() != items) {
    throw ValueError(fmt::format("{}: {} splits for {} items", name, splits.size(), items));
  }
  for (auto& [key, array] : arrays) {
    array = as_stored(array, name + ": array " + key);
  }
  std::vector<int32_t> labels = labels_of(arrays);
  const int64_t classes = labels.empty() ? 0 : count_classes(labels, name);
  auto source =
      std::make_shared<ArraySource>(name, std::move(arrays), std::move(labels), classes, std::move(splits));
  warn_of_missing(*source, given);
  return source;
}

std::shared_ptr<const Source> open_npz_source(const std::string& path) {
  return from_arrays(read_npz(path), path);
}

std::shared_ptr<const Source> open_npy_arrays(const std::string& spec,
                                              const std::vector<std::string>& files) {
  Archive arrays;
  for (const std::string& file : files)
    arrays.emplace(std::filesystem::path(file).stem().string(), read_npy(file));
  return from_arrays(std::move(arrays), spec);
}

}  // namespace nudge::data
