#include "nudge/data/class_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/data/image.h"
#include "nudge/data/npy.h"
#include "nudge/data/npy_files.h"
#include "nudge/data/picture_files.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

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

// The items of a class, also those in folders within it, by their paths from there, sorted: its images, or
// where it has none its arrays.  Links to files are read, links to folders are not followed, as in Keras; so
// no walk goes round in circles.
std::vector<std::string> item_files(const fs::path& folder) {
  std::vector<std::string> images, arrays;
  size_t others = 0;
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    std::error_code ignored;
    if (is_debris(it->path().filename().string())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file(ignored)) {
      const std::string file = it->path().lexically_relative(folder).generic_string();
      if (has_image_extension(file)) {
        images.push_back(file);
      } else if (is_npy(file)) {
        arrays.push_back(file);
      } else {
        ++others;
      }
    }
  }
  if (code) throw_unlistable(folder, code);
  std::vector<std::string>& files = images.empty() ? arrays : images;
  if (!images.empty()) others += arrays.size();
  if (others > 0) {
    log_warning(fmt::format("{}: {} files whose names do not end as images' do ({}) are left out",
                            folder.string(), others, kImageExtensions));
  }
  if (files.empty()) {
    throw InputError(fmt::format("{}: the class is empty: no image ({}); add images or remove the folder",
                                 folder.string(), kImageExtensions));
  }
  std::sort(files.begin(), files.end());
  return std::move(files);
}

// The items of a class, their part of the data given or still open.
void add_class(const fs::path& root, const fs::path& folder, int32_t label, Split split,
               std::vector<ItemFile>& items) {
  for (const std::string& file : item_files(root / folder)) {
    items.push_back({(folder / file).generic_string(), label, split});
  }
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

std::shared_ptr<const Source> open_files(const std::string& path, const std::vector<std::string>& classes,
                                         const std::vector<ItemFile>& items) {
  const auto other = std::find_if(items.begin(), items.end(), [&](const ItemFile& item) {
    return is_npy(item.name) != is_npy(items.front().name);
  });
  if (other != items.end()) {
    throw InputError(fmt::format("{}: some classes hold images, others .npy arrays: {} and {}; keep one kind",
                                 path, items.front().name, other->name));
  }
  return is_npy(items.front().name) ? open_npy_files(path, classes, items)
                                    : make_picture_files(path, path, classes, items);
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
  std::vector<ItemFile> items;
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
  const auto source = open_files(path, classes, items);
  warn_of_missing(*source, true);
  return source;
}

}  // namespace

bool has_folders(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) && !folders_in(path).empty();
}

std::shared_ptr<const Source> open_class_folder(const std::string& path) {
  const std::vector<std::string> folders = folders_in(path);
  if (has_splits(path, folders)) return open_with_splits(path, folders);
  check_classes(path, folders);
  std::vector<ItemFile> items;
  for (size_t label = 0; label < folders.size(); ++label) {
    add_class(path, folders[label], static_cast<int32_t>(label), Split::kTrain, items);
  }
  split_by_name(items);
  const auto source = open_files(path, folders, items);
  warn_of_missing(*source, false);
  return source;
}

}  // namespace nudge::data
