#include "nudge/data/class_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
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
  Split split;
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
  Split split(int64_t item) const override { return at(item).split; }
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

// What file managers and archivers leave behind.
bool is_debris(const std::string& name) {
  return name.starts_with('.') || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini";
}

[[noreturn]] void throw_unlistable(const fs::path& folder, const std::error_code& code) {
  throw InputError(folder.string() + ": cannot be listed: " + code.message());
}

// The folders within a folder, sorted.
std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (it->is_directory(ignored) && !is_debris(name)) names.push_back(name);
  }
  if (code) throw_unlistable(folder, code);
  std::sort(names.begin(), names.end());
  return names;
}

// The images of a class, also those in folders within it, by their paths from there, sorted.  Links to files
// are read, links to folders are not followed, as in Keras; so no walk goes round in circles.
std::vector<std::string> image_files(const fs::path& folder) {
  std::vector<std::string> files;
  size_t others = 0;
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    std::error_code ignored;
    if (is_debris(it->path().filename().string())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file(ignored)) {
      if (has_image_extension(it->path().string())) {
        files.push_back(it->path().lexically_relative(folder).generic_string());
      } else {
        ++others;
      }
    }
  }
  if (code) throw_unlistable(folder, code);
  if (others > 0) {
    log_warning(fmt::format("{}: {} files whose names do not end as images' do ({}) are left out",
                            folder.string(), others, kImageExtensions));
  }
  if (files.empty()) {
    throw InputError(fmt::format("{}: the class is empty: no image ({}); add images or remove the folder",
                                 folder.string(), kImageExtensions));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The items of a class, their part of the data given or still open.
void add_class(const fs::path& root, const fs::path& folder, int32_t label, Split split,
               std::vector<Item>& items) {
  for (const std::string& file : image_files(root / folder)) {
    items.push_back({(folder / file).generic_string(), label, split});
  }
}

void split_by_name(std::vector<Item>& items) {
  std::vector<std::string> names;
  std::vector<int32_t> labels;
  for (const Item& item : items) {
    names.push_back(item.name);
    labels.push_back(item.label);
  }
  const std::vector<Split> splits = balanced_splits(names, labels);
  for (size_t i = 0; i < items.size(); ++i) items[i].split = splits[i];
}

void check_classes(const std::string& path, const std::vector<std::string>& classes) {
  if (classes.size() >= 2) return;
  throw InputError(
      fmt::format("{}: {}; at least two sub-folders, one a class, are needed", path,
                  classes.empty() ? "holds no sub-folder" : "holds only one class, " + classes[0]));
}

bool holds_images(const fs::path& folder) {
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    if (has_image_extension(it->path().string()) && !is_debris(it->path().filename().string())) return true;
  }
  return false;
}

// True when a folder named train holds folders and no images, as a class of that name would.
bool has_splits(const fs::path& root, const std::vector<std::string>& folders) {
  return std::binary_search(folders.begin(), folders.end(), "train") && !folders_in(root / "train").empty() &&
         !holds_images(root / "train");
}

std::shared_ptr<const Source> open_with_splits(const std::string& path,
                                               const std::vector<std::string>& splits) {
  for (const std::string& name : splits) {
    if (name == "train" || name == "validation" || name == "test") continue;
    throw InputError(path + "/" + name +
                     ": beside a train folder only validation and test are expected; rename or move it");
  }
  const std::vector<std::string> classes = folders_in(fs::path(path) / "train");
  check_classes(path + "/train", classes);
  std::vector<Item> items;
  for (const std::string& name : splits) {
    for (const std::string& category : folders_in(fs::path(path) / name)) {
      const auto found = std::lower_bound(classes.begin(), classes.end(), category);
      if (found == classes.end() || *found != category) {
        throw InputError(
            fmt::format("{}/{}/{}: the train folder has no class of this name", path, name, category));
      }
      add_class(path, fs::path(name) / category, static_cast<int32_t>(found - classes.begin()),
                split_from_string(name), items);
    }
  }
  const auto source = std::make_shared<ClassFolder>(path, classes, std::move(items));
  warn_of_missing(*source, true);
  return source;
}

}  // namespace

std::shared_ptr<const Source> open_class_folder(const std::string& path) {
  const std::vector<std::string> folders = folders_in(path);
  if (has_splits(path, folders)) return open_with_splits(path, folders);
  check_classes(path, folders);
  std::vector<Item> items;
  for (size_t label = 0; label < folders.size(); ++label) {
    add_class(path, folders[label], static_cast<int32_t>(label), Split::kTrain, items);
  }
  split_by_name(items);
  const auto source = std::make_shared<ClassFolder>(path, folders, std::move(items));
  warn_of_missing(*source, false);
  return source;
}

}  // namespace nudge::data
