#include "nudge/data/idx_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/data/array_source.h"
#include "nudge/data/class_labels.h"
#include "nudge/data/idx.h"
#include "nudge/data/stored_values.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

bool is_images(const std::string& path) {
  return is_idx(path) && fs::path(path).filename().string().find("images") != std::string::npos;
}

// With "labels" for "images", and any number of dimensions, packed or not.
std::string labels_beside(const std::string& images) {
  const fs::path path(images);
  const std::string name = path.filename().string();
  const size_t word = name.find("images"), idx = name.rfind("idx");
  const std::string before = name.substr(0, word) + "labels" + name.substr(word + 6, idx - word - 6) + "idx1";
  std::error_code code;
  for (fs::directory_iterator it(path.has_parent_path() ? path.parent_path() : ".", code), end;
       !code && it != end; it.increment(code)) {
    const std::string other = it->path().filename().string();
    if (other.starts_with(before) && is_idx(other)) return (path.parent_path() / other).string();
  }
  throw InputError(
      fmt::format("{}: the file of labels that belongs to it, {}-ubyte, is not beside it", images, before));
}

// One array under the other.
Array joined(const std::vector<Array>& parts) {
  Shape shape = parts.front().shape();
  shape[0] = 0;
  for (const Array& part : parts) shape[0] += part.shape()[0];
  Array all(shape, parts.front().type());
  std::byte* to = all.bytes();
  for (const Array& part : parts) to = std::copy_n(part.bytes(), part.byte_size(), to);
  return all;
}

}  // namespace

std::vector<std::string> idx_images(const std::string& path) {
  std::error_code code;
  if (fs::is_regular_file(path, code)) {
    return is_images(path) ? std::vector<std::string>{path} : std::vector<std::string>{};
  }
  std::vector<std::string> files;
  if (!fs::is_directory(path, code)) return files;
  for (fs::directory_iterator it(path, code), end; !code && it != end; it.increment(code)) {
    if (is_images(it->path().string()) && it->is_regular_file(code)) files.push_back(it->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::shared_ptr<const Source> open_idx(const SourceSpec& spec, const std::vector<std::string>& images) {
  spec.check_options({"first"});
  ClassLabels labels(spec);
  std::vector<Array> parts;
  std::vector<Split> splits;
  const auto of_files = splits_by_file_name(images);
  for (size_t i = 0; i < images.size(); ++i) {
    const Array x = read_idx(images[i]);
    const std::string beside = labels_beside(images[i]);
    const Array y = as_stored(read_idx(beside), beside);
    if (x.shape().size() < 2 || x.size() == 0) throw InputError(images[i] + ": holds no images");
    if (y.shape() != Shape{x.shape()[0]} || y.type() == DataType::kFloat32) {
      throw InputError(fmt::format("{}: holds {} {}, expected {} numbers of classes", beside,
                                   to_string(y.type()), to_string(y.shape()), x.shape()[0]));
    }
    if (!parts.empty() && (Shape(x.shape().begin() + 1, x.shape().end()) !=
                               Shape(parts[0].shape().begin() + 1, parts[0].shape().end()) ||
                           x.type() != parts[0].type())) {
      throw InputError(fmt::format("{}: its images are {}, those of {} {}", images[i], to_string(x.shape()),
                                   images[0], to_string(parts[0].shape())));
    }
    for (int64_t item = 0; item < x.shape()[0]; ++item) {
      const int64_t number = y.type() == DataType::kUInt8 ? y.data<uint8_t>()[item] : y.data<int32_t>()[item];
      labels.check(number, fmt::format("{}: item {}", beside, item));
      labels.add(number);
    }
    if (of_files) splits.insert(splits.end(), static_cast<size_t>(x.shape()[0]), (*of_files)[i]);
    parts.push_back(x);
  }
  const ClassLabels::Classes classes = labels.finish();
  const auto count = static_cast<int64_t>(classes.labels.size());
  return from_arrays({{"x", joined(parts)}, {"y", Array::of<int32_t>({count}, classes.labels)}}, spec.text,
                     std::move(splits));
}

}  // namespace nudge::data
