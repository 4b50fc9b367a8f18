#include "nudge/data/tf_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/record_frame.h"
#include "nudge/data/class_labels.h"
#include "nudge/data/encoded_pictures.h"
#include "nudge/data/file_window.h"
#include "nudge/data/tf_example.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

// A record longer than any picture.
constexpr uint64_t kLongestRecord = uint64_t{256} << 20;

// Where a record lies in its file, and the picture in the record.
struct RecordItem {
  uint64_t offset;
  uint32_t length;
  uint32_t picture;
  uint32_t picture_length;
  uint32_t file;
  uint32_t number;  // of the record in the file, from 0
};

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class TfRecords : public EncodedPictures {
 public:
  TfRecords(std::string spec, std::vector<std::string> classes, std::vector<int32_t> labels,
            std::vector<Split> splits, std::vector<std::string> files, std::vector<RecordItem> items,
            std::vector<std::string> damaged)
      : EncodedPictures(std::move(spec), std::move(classes), std::move(labels), std::move(splits)),
        files_(std::move(files)),
        items_(std::move(items)),
        damaged_(std::move(damaged)) {}

  std::string item_name(int64_t item) const override {
    const RecordItem& at = items_.at(static_cast<size_t>(item));
    return fs::path(files_[at.file]).filename().string() + ": record " + std::to_string(at.number);
  }
  std::vector<std::string> damaged() const override { return damaged_; }

 protected:
  Encoded read(int64_t item) const override {
    const RecordItem& at = items_.at(static_cast<size_t>(item));
    Encoded encoded{InputFile(files_[at.file]).read(at.offset, at.length + kRecordTail), at.picture,
                    at.picture_length};
    if (!record_is_sound(text_of(encoded.bytes))) {
      throw InputError(place(item) + ": its checksum is another; the record is damaged");
    }
    return encoded;
  }
  std::string place(int64_t item) const override {
    const RecordItem& at = items_.at(static_cast<size_t>(item));
    return fmt::format("{}: record {}", files_[at.file], at.number);
  }

 private:
  std::vector<std::string> files_;
  std::vector<RecordItem> items_;
  std::vector<std::string> damaged_;
};

// Finds the items of the files.
class RecordIndex {
 public:
  explicit RecordIndex(const SourceSpec& spec)
      : names_{spec.option("image", "image"), spec.option("label", "label")}, spec_(spec), labels_(spec) {}

  void add(const std::string& path, uint32_t file) {
    FileWindow window(path);
    uint64_t at = 0;
    for (uint32_t number = 0; at < window.size(); ++number) {
      const std::string where = fmt::format("{}: record {}", path, number);
      const auto length = length_at(window, at, where);
      if (!length) return;
      const uint64_t begin = at + kRecordHead;
      at = begin + *length + kRecordTail;
      try {
        add_record(window, {.offset = begin, .length = *length, .file = file, .number = number}, where);
      } catch (const InputError& error) {
        // Its own first record says what a file holds.
        if (number == 0 && is_sound(window, begin, *length)) throw;
        damaged_.push_back(error.what());
      }
    }
  }

  std::vector<RecordItem>& items() { return items_; }
  std::vector<std::string>& damaged() { return damaged_; }

  ClassLabels::Classes classes(const fs::path& folder) {
    if (items_.empty()) {
      throw InputError(damaged_.empty() ? spec_.text + ": holds no record" : damaged_.front());
    }
    return labels_.finish((folder / (names_[1] + ".labels.txt")).string());
  }

 private:
  // Nothing where the rest of the file cannot be read, which is noted.
  std::optional<uint32_t> length_at(FileWindow& window, uint64_t at, const std::string& where) {
    const uint64_t left = window.size() - at;
    const auto length = left < kRecordHead ? std::nullopt : record_length(window.at(at, kRecordHead));
    if (length && *length <= kLongestRecord && *length <= left - kRecordHead &&
        left - kRecordHead - *length >= kRecordTail) {
      return static_cast<uint32_t>(*length);
    }
    const std::string start(window.at(0, std::min<uint64_t>(window.size(), 3)));
    if (at == 0 && !length) {
      damaged_.push_back(window.file().path() + (start.starts_with("\x1f\x8b")
                                                     ? ": is compressed (GZIP); unpack it with gunzip"
                                                     : ": is no TFRecord file, or damaged at its start"));
      return std::nullopt;
    }
    damaged_.push_back(fmt::format("{}: {}, so that it and the {} bytes from there are left out", where,
                                   length ? "the file ends within it" : "its length is damaged", left));
    return std::nullopt;
  }

  static bool is_sound(FileWindow& window, uint64_t begin, uint64_t length) {
    return record_is_sound(text_of(window.file().read(begin, length + kRecordTail)));
  }

  void add_record(FileWindow& window, RecordItem item, const std::string& where) {
    const auto found = find_features(window, item.offset, item.offset + item.length, names_, where);
    for (size_t i = 0; i < names_.size(); ++i) {
      if (found[i].kind != ExampleFeature::Kind::kNone) continue;
      throw InputError(
          fmt::format("{}: has no feature {}, it has {}; say which are meant: {}?image=NAME&label=NAME",
                      where, in_quotes(names_[i]),
                      feature_names(window, item.offset, item.offset + item.length, where), spec_.path));
    }
    const auto& [image, label] = std::pair(found[0], found[1]);
    if (image.kind != ExampleFeature::Kind::kBytes || image.count != 1) {
      throw InputError(fmt::format("{}: the feature {} is no encoded picture", where, in_quotes(names_[0])));
    }
    item.picture = static_cast<uint32_t>(image.offset - item.offset);
    item.picture_length = static_cast<uint32_t>(image.size);
    const ClassLabel of_item = label_of(window, label, where);
    labels_.check(of_item, where);
    if (!labels_.knows(of_item) && !is_sound(window, item.offset, item.length)) {
      throw InputError(where + ": its checksum is another; the record is damaged");
    }
    labels_.add(of_item);
    items_.push_back(item);
  }

  ClassLabel label_of(FileWindow& window, const ExampleFeature& label, const std::string& where) const {
    using Kind = ExampleFeature::Kind;
    if (label.count == 1 && label.kind == Kind::kIntegers) return label.number;
    if (label.count == 1 && label.kind == Kind::kBytes) {
      return std::string(window.at(label.offset, std::min(label.size, FileWindow::kMost)));
    }
    throw InputError(
        fmt::format("{}: the feature {} is not one class, a number or a text", where, in_quotes(names_[1])));
  }

  const std::vector<std::string> names_;  // of the features: the picture, the class
  const SourceSpec& spec_;
  ClassLabels labels_;
  std::vector<RecordItem> items_;
  std::vector<std::string> damaged_;
};

}  // namespace

std::shared_ptr<const Source> open_tf_records(const SourceSpec& spec, const std::vector<std::string>& files) {
  spec.check_options({"image", "label", "first"});
  RecordIndex index(spec);
  for (size_t file = 0; file < files.size(); ++file) index.add(files[file], static_cast<uint32_t>(file));
  auto [classes, labels] = index.classes(fs::path(files.front()).parent_path());

  const std::vector<RecordItem>& items = index.items();
  ItemSplits parts = splits_of_items(
      files, labels, [&](size_t i) { return items[i].file; },
      [&](size_t i) {
        return fmt::format("{}/{}", fs::path(files[items[i].file]).filename().string(), items[i].number);
      });
  auto source =
      std::make_shared<TfRecords>(spec.text, std::move(classes), std::move(labels), std::move(parts.splits),
                                  files, std::move(index.items()), std::move(index.damaged()));
  warn_of_damaged(*source);
  warn_of_missing(*source, parts.given);
  return source;
}

}  // namespace nudge::data
