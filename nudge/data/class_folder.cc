#include "nudge/data/class_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/log.h"
#include "nudge/data/image.h"
#include "nudge/data/resize.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

struct Item {
  std::string name;
  int32_t label;
  std::optional<Split> split;
};

class ClassFolder : public Source {
 public:
  ClassFolder(std::string path, std::vector<std::string> classes, std::vector<Item> items)
      : path_(std::move(path)), classes_(std::move(classes)), items_(std::move(items)) {}

  const std::string& spec() const override { return path_; }
  int64_t size() const override { return static_cast<int64_t>(items_.size()); }
  const std::vector<std::string>& class_names() const override { return classes_; }
  int32_t label(int64_t item) const override { return at(item).label; }
  std::string item_name(int64_t item) const override { return at(item).name; }
  Split split(int64_t item) const override { return at(item).split.value_or(split_of(at(item).name)); }
  ImageSize stored_size(int64_t item) const override {
    const std::string path = file(item);
    return image_size(read_file(path), path);
  }
  Array load(int64_t item, ImageSize size) const override {
    check_image_size(size);
    return resize_stored(read_image(file(item), {.target = size}), size);
  }

 private:
  const Item& at(int64_t item) const { return items_.at(static_cast<size_t>(item)); }
  std::string file(int64_t item) const { return (fs::path(path_) / at(item).name).string(); }

  std::string path_;
  std::vector<std::string> classes_;
  std::vector<Item> items_;
};

// The names within a folder, sorted, without hidden ones.
std::vector<std::string> entries(const fs::path& folder, bool folders) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    const bool wanted = folders ? it->is_directory(ignored) : it->is_regular_file(ignored);
    if (wanted && !name.starts_with('.')) names.push_back(name);
  }
  if (code) throw InputError(folder.string() + ": cannot be listed: " + code.message());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> image_files(const fs::path& folder) {
  std::vector<std::string> files = entries(folder, false);
  const size_t all = files.size();
  std::erase_if(files, [](const std::string& file) { return !has_image_extension(file); });
  if (files.size() < all) {
    log_warning(fmt::format("{}: {} files that are not .jpg, .jpeg or .png are left out", folder.string(),
                            all - files.size()));
  }
  if (files.empty()) {
    throw InputError(folder.string() +
                     ": the class is empty: no .jpg, .jpeg or .png file; add images or remove the folder");
  }
  return files;
}

void add_class(const fs::path& root, const fs::path& folder, int32_t label, std::optional<Split> split,
               std::vector<Item>& items) {
  for (const std::string& file : image_files(root / folder)) {
    items.push_back({(folder / file).generic_string(), label, split});
  }
}

void check_classes(const std::string& path, const std::vector<std::string>& classes) {
  if (classes.size() >= 2) return;
  throw InputError(
      fmt::format("{}: {}; at least two sub-folders, one a class, are needed", path,
                  classes.empty() ? "holds no sub-folder" : "holds only one class, " + classes[0]));
}

// True when a folder named train holds folders, which a class of that name would not.
bool has_splits(const fs::path& root, const std::vector<std::string>& folders) {
  return std::binary_search(folders.begin(), folders.end(), "train") &&
         !entries(root / "train", true).empty();
}

std::shared_ptr<const Source> open_with_splits(const std::string& path,
                                               const std::vector<std::string>& splits) {
  for (const std::string& name : splits) {
    if (name == "train" || name == "validation" || name == "test") continue;
    throw InputError(path + "/" + name +
                     ": beside a train folder only validation and test are expected; rename or move it");
  }
  const std::vector<std::string> classes = entries(fs::path(path) / "train", true);
  check_classes(path + "/train", classes);
  std::vector<Item> items;
  for (const std::string& name : splits) {
    for (const std::string& category : entries(fs::path(path) / name, true)) {
      const auto found = std::lower_bound(classes.begin(), classes.end(), category);
      if (found == classes.end() || *found != category) {
        throw InputError(
            fmt::format("{}/{}/{}: the train folder has no class of this name", path, name, category));
      }
      add_class(path, fs::path(name) / category, static_cast<int32_t>(found - classes.begin()),
                split_from_string(name), items);
    }
  }
  return std::make_shared<ClassFolder>(path, classes, std::move(items));
}

}  // namespace

std::shared_ptr<const Source> open_class_folder(const std::string& path) {
  const std::vector<std::string> folders = entries(path, true);
  if (has_splits(path, folders)) return open_with_splits(path, folders);
  check_classes(path, folders);
  std::vector<Item> items;
  for (size_t label = 0; label < folders.size(); ++label) {
    add_class(path, folders[label], static_cast<int32_t>(label), std::nullopt, items);
  }
  return std::make_shared<ClassFolder>(path, folders, std::move(items));
}

}  // namespace nudge::data
