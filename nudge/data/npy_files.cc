#include "nudge/data/npy_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/data/npy.h"
#include "nudge/data/resize.h"
#include "nudge/data/stored_values.h"

namespace nudge::data {
namespace {

constexpr const char* kArray = "x";

class NpyFiles : public Source {
 public:
  NpyFiles(std::string root, std::vector<std::string> classes, std::vector<ItemFile> items)
      : root_(std::move(root)), classes_(std::move(classes)), items_(std::move(items)) {
    const Array first = read_npy(path(0));
    shape_ = first.shape();
    type_ = stored_type(first.type());
    pictures_ = type_ == DataType::kUInt8 && (shape_.size() == 2 || shape_.size() == 3);
    if (first.size() == 0) throw InputError(path(0) + ": holds no values");
  }

  const std::string& spec() const override { return root_; }
  int64_t size() const override { return std::ssize(items_); }
  const std::vector<std::string>& class_names() const override { return classes_; }
  int32_t label(int64_t item) const override { return at(item).label; }
  std::string item_name(int64_t item) const override { return at(item).name; }
  Split split(int64_t item) const override { return at(item).split; }
  bool has_pictures() const override { return pictures_; }
  DataType pixel_type() const override { return type_ == DataType::kUInt8 ? type_ : DataType::kFloat32; }
  int64_t channels() const override { return shape_.size() == 2 ? 1 : shape_.back(); }
  ImageSize stored_size(int64_t item) const override {
    const Array stored = picture(item);
    return {stored.shape()[0], stored.shape()[1]};
  }
  Array load(int64_t item, ImageSize size) const override {
    check_image_size(size);
    return resize_stored(picture(item), size);
  }
  std::vector<StoredArray> arrays() const override {
    if (pictures_) return {};
    return {{kArray, shape_, type_}};
  }
  Array load_array(int64_t item, const std::string& name) const override {
    if (pictures_ || name != kArray) return Source::load_array(item, name);
    const Array stored = as_stored(read_npy(path(item)), path(item));
    if (stored.shape() == shape_ && stored.type() == type_) return stored;
    throw InputError(fmt::format("{}: is {} {}, the first file of the source {} {}", path(item),
                                 to_string(stored.type()), to_string(stored.shape()), to_string(type_),
                                 to_string(shape_)));
  }

 private:
  const ItemFile& at(int64_t item) const { return items_.at(static_cast<size_t>(item)); }
  std::string path(int64_t item) const { return (std::filesystem::path(root_) / at(item).name).string(); }

  // (height, width, channels)
  Array picture(int64_t item) const {
    if (!pictures_)
      throw InputError(root_ + ": its arrays are no pictures, uint8 (height, width[, channels])");
    const Array stored = read_npy(path(item));
    const Shape& shape = stored.shape();
    if (stored.type() == DataType::kUInt8 && stored.size() > 0) {
      if (shape.size() == 2 && channels() == 1) return stored.reshape({shape[0], shape[1], 1});
      if (shape.size() == 3 && shape[2] == channels()) return stored;
    }
    throw InputError(fmt::format("{}: is {} {}, no picture of {} channels as the first file of the source",
                                 path(item), to_string(stored.type()), to_string(shape), channels()));
  }

  std::string root_;
  std::vector<std::string> classes_;
  std::vector<ItemFile> items_;
  Shape shape_;  // of the first
  DataType type_ = DataType::kFloat32;
  bool pictures_ = false;
};

}  // namespace

std::shared_ptr<const Source> open_npy_files(const std::string& root, std::vector<std::string> classes,
                                             std::vector<ItemFile> items) {
  return std::make_shared<NpyFiles>(root, std::move(classes), std::move(items));
}

}  // namespace nudge::data
