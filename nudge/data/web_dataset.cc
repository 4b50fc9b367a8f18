#include "nudge/data/web_dataset.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/data/class_labels.h"
#include "nudge/data/encoded_pictures.h"
#include "nudge/data/image.h"
#include "nudge/data/shard_files.h"
#include "nudge/download/tar_file.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

struct TarItem {
  uint32_t file;
  download::TarEntry picture;
};

class WebDataset : public EncodedPictures {
 public:
  WebDataset(std::string spec, ClassLabels::Classes classes, std::vector<Split> splits,
             std::vector<std::string> files, std::vector<TarItem> items, std::vector<std::string> damaged)
      : EncodedPictures(std::move(spec), std::move(classes.names), std::move(classes.labels),
                        std::move(splits)),
        files_(std::move(files)),
        items_(std::move(items)),
        damaged_(std::move(damaged)) {}

  std::string item_name(int64_t item) const override {
    const TarItem& at = items_.at(static_cast<size_t>(item));
    return fs::path(files_[at.file]).filename().string() + ": " + at.picture.name;
  }
  std::vector<std::string> damaged() const override { return damaged_; }

 protected:
  Encoded read(int64_t item) const override {
    const TarItem& at = items_.at(static_cast<size_t>(item));
    std::vector<std::byte> bytes = download::read_tar_entry(files_[at.file], at.picture);
    const size_t size = bytes.size();
    return {std::move(bytes), 0, size};
  }
  std::string place(int64_t item) const override {
    const TarItem& at = items_.at(static_cast<size_t>(item));
    return files_[at.file] + ": " + at.picture.name;
  }

 private:
  std::vector<std::string> files_;
  std::vector<TarItem> items_;
  std::vector<std::string> damaged_;
};

// "a/0017" and "seg.png" of "a/0017.seg.png".
std::pair<std::string, std::string> key_and_ending(const std::string& name) {
  const size_t slash = name.rfind('/');
  const size_t dot = name.find('.', slash == std::string::npos ? 0 : slash + 1);
  if (dot == std::string::npos) return {name, ""};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

class TarIndex {
 public:
  explicit TarIndex(const SourceSpec& spec)
      : image_(spec.option("image", "")), label_(spec.option("label", "cls")), spec_(spec), labels_(spec) {}

  void add(const std::string& path, uint32_t file) {
    std::string key;
    std::optional<download::TarEntry> picture;
    std::optional<std::string> label;
    const auto end_item = [&] {
      if (picture || label) add_item(path + ": " + key, file, picture, label);
      picture.reset();
      label.reset();
    };
    try {
      download::walk_tar(path, [&](const download::TarEntry& entry, const download::ReadContent& content) {
        const auto [entry_key, ending] = key_and_ending(entry.name);
        if (entry_key != key) end_item();
        key = entry_key;
        if (ending == label_) label = content();
        if (image_.empty() ? has_image_extension("." + ending) : ending == image_) picture = entry;
      });
    } catch (const InputError& error) {
      damaged_.push_back(error.what() + std::string("; what is behind that is left out"));
    }
    end_item();
  }

  ClassLabels::Classes classes() {
    if (!items_.empty()) return labels_.finish();
    throw InputError(!damaged_.empty() ? damaged_.front() : spec_.text + ": holds no pictures with classes");
  }
  std::vector<TarItem>& items() { return items_; }
  std::vector<std::string>& damaged() { return damaged_; }

 private:
  void add_item(const std::string& where, uint32_t file, const std::optional<download::TarEntry>& picture,
                const std::optional<std::string>& label) {
    try {
      if (!picture) throw InputError(fmt::format("{}: has a .{}, but no picture beside it", where, label_));
      if (!label) {
        throw InputError(
            fmt::format("{}: has no .{} beside it, which says the class; say what does: {}?label=ENDING",
                        where, label_, spec_.path));
      }
      const ClassLabel of_item = label_from_text(*label);
      labels_.check(of_item, where);
      labels_.add(of_item);
      items_.push_back({file, *picture});
    } catch (const InputError& error) {
      damaged_.push_back(error.what());
    }
  }

  const std::string image_, label_;  // endings
  const SourceSpec& spec_;
  ClassLabels labels_;
  std::vector<TarItem> items_;
  std::vector<std::string> damaged_;
};

bool is_tar(const std::string& name) { return name.ends_with(".tar"); }

}  // namespace

std::vector<std::string> tar_files(const std::string& path) { return shard_files(path, is_tar); }

std::shared_ptr<const Source> open_web_dataset(const SourceSpec& spec,
                                               const std::vector<std::string>& files) {
  spec.check_options({"image", "label", "first"});
  TarIndex index(spec);
  for (size_t file = 0; file < files.size(); ++file) index.add(files[file], static_cast<uint32_t>(file));
  ClassLabels::Classes classes = index.classes();

  const std::vector<TarItem>& items = index.items();
  ItemSplits parts = splits_of_items(
      files, classes.labels, [&](size_t i) { return items[i].file; },
      [&](size_t i) { return items[i].picture.name; });
  auto source = std::make_shared<WebDataset>(spec.text, std::move(classes), std::move(parts.splits), files,
                                             std::move(index.items()), std::move(index.damaged()));
  warn_of_damaged(*source);
  warn_of_missing(*source, parts.given);
  return source;
}

}  // namespace nudge::data
