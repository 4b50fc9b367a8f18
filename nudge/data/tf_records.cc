#include "nudge/data/tf_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/file.h"
#include "nudge/base/log.h"
#include "nudge/base/record_frame.h"
#include "nudge/data/class_numbers.h"
#include "nudge/data/encoded_pictures.h"
#include "nudge/data/file_window.h"
#include "nudge/data/tf_example.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

// A record longer than any picture.
constexpr uint64_t kLongestRecord = uint64_t{256} << 20;
constexpr uint64_t kLongestClassName = 200;

// Where a record lies in its file, and the picture in the record.
struct Item {
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
            std::vector<Split> splits, std::vector<std::string> files, std::vector<Item> items,
            std::vector<std::string> damaged)
      : EncodedPictures(std::move(spec), std::move(classes), std::move(labels), std::move(splits)),
        files_(std::move(files)),
        items_(std::move(items)),
        damaged_(std::move(damaged)) {}

  std::string item_name(int64_t item) const override {
    const Item& at = items_.at(static_cast<size_t>(item));
    return fs::path(files_[at.file]).filename().string() + ": record " + std::to_string(at.number);
  }
  std::vector<std::string> damaged() const override { return damaged_; }

 protected:
  Encoded read(int64_t item) const override {
    const Item& at = items_.at(static_cast<size_t>(item));
    Encoded encoded{InputFile(files_[at.file]).read(at.offset, at.length + kRecordTail), at.picture,
                    at.picture_length};
    if (!record_is_sound(text_of(encoded.bytes))) {
      throw InputError(place(item) + ": its checksum is another; the record is damaged");
    }
    return encoded;
  }
  std::string place(int64_t item) const override {
    const Item& at = items_.at(static_cast<size_t>(item));
    return fmt::format("{}: record {}", files_[at.file], at.number);
  }

 private:
  std::vector<std::string> files_;
  std::vector<Item> items_;
  std::vector<std::string> damaged_;
};

// Finds the items of the files.
class Index {
 public:
  explicit Index(const SourceSpec& spec)
      : names_{spec.option("image", "image"), spec.option("label", "label")}, spec_(spec) {
    const std::string first = spec.option("first", "0");
    const auto [end, error] = std::from_chars(first.data(), first.data() + first.size(), first_);
    if (error != std::errc() || end != first.data() + first.size()) {
      throw InputError(fmt::format("{}: first={} is no number", spec.text, first));
    }
  }

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

  const std::string& label_name() const { return names_[1]; }
  std::vector<Item>& items() { return items_; }
  std::vector<std::string>& damaged() { return damaged_; }

  // The names of the classes, and of each item its number among them.
  std::pair<std::vector<std::string>, std::vector<int32_t>> classes(const std::string& folder) {
    if (items_.empty()) {
      throw InputError(spec_.text + ": holds no sound record" +
                       (damaged_.empty() ? "" : "; the first: " + damaged_.front()));
    }
    if (texts_.empty()) return {numbered(folder), std::move(labels_)};
    std::vector<std::string> names;
    std::vector<int32_t> number_of(texts_.size());
    for (const auto& [name, number] : texts_) {
      number_of[static_cast<size_t>(number)] = static_cast<int32_t>(names.size());
      names.push_back(name);
    }
    if (names.size() < 2)
      throw InputError(spec_.text + ": holds only one class, " + in_quotes(names.front()));
    for (int32_t& label : labels_) label = number_of[static_cast<size_t>(label)];
    return {std::move(names), std::move(labels_)};
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
    if (at == 0 && start.starts_with("\x1f\x8b")) {
      throw InputError(window.file().path() + ": is compressed (GZIP); unpack it with gunzip");
    }
    if (at == 0 && !length) {
      throw InputError(window.file().path() + ": is no TFRecord file, or damaged at its start");
    }
    damaged_.push_back(fmt::format("{}: {}, so that it and the {} bytes from there are left out", where,
                                   length ? "the file ends within it" : "its length is damaged", left));
    return std::nullopt;
  }

  static bool is_sound(FileWindow& window, uint64_t begin, uint64_t length) {
    return record_is_sound(text_of(window.file().read(begin, length + kRecordTail)));
  }

  void add_record(FileWindow& window, Item item, const std::string& where) {
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
    bool seen = true;
    const int32_t number = label_of(window, label, where, seen);
    if (!seen && !is_sound(window, item.offset, item.length)) {
      throw InputError(where + ": its checksum is another; the record is damaged");
    }
    if (label.kind == ExampleFeature::Kind::kBytes) {
      texts_.emplace(std::string(window.at(label.offset, label.size)), number);
    } else {
      known_.emplace(number);
    }
    items_.push_back(item);
    labels_.push_back(number);
  }

  // `seen`: whether an item of that class was there before.
  int32_t label_of(FileWindow& window, const ExampleFeature& label, const std::string& where, bool& seen) {
    using Kind = ExampleFeature::Kind;
    const bool text = label.kind == Kind::kBytes, number = label.kind == Kind::kIntegers;
    if (label.count != 1 || !(text || number) || (items_.empty() ? false : text == texts_.empty())) {
      throw InputError(
          fmt::format("{}: the feature {} is not one class, a number or a text as in the other records",
                      where, in_quotes(names_[1])));
    }
    if (text) {
      if (label.size > kLongestClassName) throw InputError(where + ": the class has an endless name");
      const auto known = texts_.find(std::string(window.at(label.offset, label.size)));
      seen = known != texts_.end();
      return seen ? known->second : static_cast<int32_t>(texts_.size());
    }
    if (label.number < first_ || label.number - first_ >= kMostClasses) {
      throw InputError(
          fmt::format("{}: the label {} is no class; they go from {} on", where, label.number, first_));
    }
    const auto value = static_cast<int32_t>(label.number - first_);
    seen = known_.contains(value);
    return value;
  }

  std::vector<std::string> numbered(const std::string& folder) const {
    const int64_t most = *known_.rbegin();
    const fs::path file = fs::path(folder) / (label_name() + ".labels.txt");
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) {
      return numbered_classes(
          count_classes(labels_, spec_.text, "the option first=1 says so: " + spec_.path + "?first=1"));
    }
    std::vector<std::string> names;
    std::istringstream lines(read_text_file(file.string()));
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      if (!line.empty()) names.push_back(line);
    }
    if (std::ssize(names) > most && names.size() > 1) return names;
    throw InputError(
        fmt::format("{}: names {} classes, but there is a label {}", file.string(), names.size(), most));
  }

  const std::vector<std::string> names_;  // of the features: the picture, the class
  const SourceSpec& spec_;
  int64_t first_ = 0;
  std::vector<Item> items_;
  std::vector<int32_t> labels_;
  std::map<std::string, int32_t> texts_;  // classes by text, in the order they were met
  std::set<int32_t> known_;
  std::vector<std::string> damaged_;
};

}  // namespace

std::shared_ptr<const Source> open_tf_records(const SourceSpec& spec, const std::vector<std::string>& files) {
  spec.check_options({"image", "label", "first"});
  Index index(spec);
  for (size_t file = 0; file < files.size(); ++file) index.add(files[file], static_cast<uint32_t>(file));
  auto [classes, labels] = index.classes(fs::path(files.front()).parent_path().string());

  const auto of_files = splits_by_file_name(files);
  std::vector<Split> splits;
  std::vector<std::string> names;
  for (const Item& item : index.items()) {
    if (of_files) {
      splits.push_back((*of_files)[item.file]);
    } else {
      names.push_back(fmt::format("{}/{}", fs::path(files[item.file]).filename().string(), item.number));
    }
  }
  if (!of_files) splits = balanced_splits(names, labels);
  auto source =
      std::make_shared<TfRecords>(spec.text, std::move(classes), std::move(labels), std::move(splits), files,
                                  std::move(index.items()), std::move(index.damaged()));
  warn_of_damaged(*source);
  warn_of_missing(*source, of_files.has_value());
  return source;
}

}  // namespace nudge::data
