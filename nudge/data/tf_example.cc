#include "nudge/data/tf_example.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"

namespace nudge::data {
namespace {

// A field of a protobuf message: a number, or bytes of the file.
struct Field {
  uint64_t number = 0;  // of the field
  uint64_t type = 0;    // the wire type
  uint64_t value = 0;   // of a varint
  uint64_t begin = 0, end = 0;
};

constexpr uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

// Walks the fields of one message.
class Message {
 public:
  Message(FileWindow& file, uint64_t begin, uint64_t end, const std::string& where)
      : file_(file), at_(begin), end_(end), where_(where) {}

  bool next(Field& field) {
    if (at_ == end_) return false;
    const uint64_t key = varint();
    field = {.number = key >> 3, .type = key & 7};
    if (field.type == kVarint) {
      field.value = varint();
      return true;
    }
    uint64_t size = 0;
    if (field.type == kBytes) {
      size = varint();
    } else if (field.type == kFixed64 || field.type == kFixed32) {
      size = field.type == kFixed64 ? 8 : 4;
    } else {
      damaged();
    }
    if (size > end_ - at_) damaged();
    field.begin = at_;
    field.end = at_ += size;
    return true;
  }

  bool at_end() const { return at_ == end_; }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) damaged();
      const auto byte = static_cast<uint8_t>(file_.at(at_++, 1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    damaged();
  }

 private:
  [[noreturn]] void damaged() const { throw InputError(where_ + ": is no tf.Example, or a damaged one"); }

  FileWindow& file_;
  uint64_t at_, end_;
  const std::string& where_;
};

// The numbers of the fields of tensorflow/core/example: in Example and Features, of the entries of a map, of
// a Feature's kinds, and of the values of a list.
constexpr uint64_t kFeatures = 1, kEntry = 1, kKey = 1, kFeature = 2, kValue = 1;
constexpr uint64_t kBytesList = 1, kFloatList = 2, kInt64List = 3;

class ExampleWalk {
 public:
  ExampleWalk(FileWindow& file, const std::string& where) : file_(file), where_(where) {}

  // Calls `take` with the key of each feature and its message.
  void run(uint64_t begin, uint64_t end, const std::function<void(std::string_view, const Field&)>& take) {
    Message example(file_, begin, end, where_);
    for (Field features; example.next(features);) {
      if (features.number != kFeatures || features.type != kBytes) continue;
      Message map(file_, features.begin, features.end, where_);
      for (Field entry; map.next(entry);) {
        if (entry.number == kEntry && entry.type == kBytes) run_entry(entry, take);
      }
    }
  }

  ExampleFeature feature(const Field& field) {
    ExampleFeature found;
    Message feature(file_, field.begin, field.end, where_);
    for (Field list; feature.next(list);) {
      if (list.type != kBytes) continue;
      if (list.number == kBytesList) found = bytes(list);
      if (list.number == kFloatList) found = {.kind = ExampleFeature::Kind::kFloats};
      if (list.number == kInt64List) found = integers(list);
    }
    return found;
  }

 private:
  void run_entry(const Field& entry, const std::function<void(std::string_view, const Field&)>& take) {
    Field key, feature;
    Message message(file_, entry.begin, entry.end, where_);
    for (Field field; message.next(field);) {
      if (field.number == kKey && field.type == kBytes) key = field;
      if (field.number == kFeature && field.type == kBytes) feature = field;
    }
    // A longer name is nobody's.
    const uint64_t length = std::min(key.end - key.begin, FileWindow::kMost);
    take(std::string(length == 0 ? std::string_view() : file_.at(key.begin, length)), feature);
  }

  ExampleFeature bytes(const Field& list) {
    ExampleFeature found{.kind = ExampleFeature::Kind::kBytes};
    Message values(file_, list.begin, list.end, where_);
    for (Field value; values.next(value);) {
      if (value.number != kValue || value.type != kBytes) continue;
      if (found.count++ > 0) continue;
      found.offset = value.begin;
      found.size = value.end - value.begin;
    }
    return found;
  }

  ExampleFeature integers(const Field& list) {
    ExampleFeature found{.kind = ExampleFeature::Kind::kIntegers};
    const auto add = [&](uint64_t value) {
      if (found.count++ == 0) found.number = static_cast<int64_t>(value);
    };
    Message values(file_, list.begin, list.end, where_);
    for (Field value; values.next(value);) {
      if (value.number != kValue) continue;
      if (value.type == kVarint) add(value.value);
      if (value.type != kBytes) continue;
      for (Message packed(file_, value.begin, value.end, where_); !packed.at_end();) add(packed.varint());
    }
    return found;
  }

  FileWindow& file_;
  const std::string& where_;
};

}  // namespace

std::vector<ExampleFeature> find_features(FileWindow& file, uint64_t begin, uint64_t end,
                                          const std::vector<std::string>& names, const std::string& where) {
  std::vector<ExampleFeature> found(names.size());
  ExampleWalk walk(file, where);
  walk.run(begin, end, [&](std::string_view key, const Field& field) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (key == names[i]) found[i] = walk.feature(field);
    }
  });
  return found;
}

std::string feature_names(FileWindow& file, uint64_t begin, uint64_t end, const std::string& where) {
  constexpr size_t kShown = 10;
  std::vector<std::string> names;
  ExampleWalk(file, where).run(begin, end, [&](std::string_view key, const Field&) {
    if (names.size() < kShown) names.push_back(in_quotes(std::string(key)));
  });
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace nudge::data
