// Event files read again, by nothing of what writes them.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "nudge/base/crc32c.h"
#include "nudge/base/file.h"

namespace nudge::train {

// The fields of a protobuf message; numbers as they are stored.
struct ReadMessage {
  std::map<int, std::vector<uint64_t>> numbers;
  std::map<int, std::vector<std::string>> texts;

  explicit ReadMessage(std::string_view bytes) {
    const auto varint = [&] {
      uint64_t value = 0;
      for (int shift = 0;; shift += 7) {
        const auto byte = static_cast<uint8_t>(bytes.at(0));
        bytes.remove_prefix(1);
        value |= static_cast<uint64_t>(byte & 0x7F) << shift;
        if (byte < 0x80) return value;
      }
    };
    while (!bytes.empty()) {
      const uint64_t key = varint();
      const int field = static_cast<int>(key >> 3);
      if ((key & 7) == 0) {
        numbers[field].push_back(varint());
      } else if ((key & 7) == 1) {
        uint64_t value = 0;
        std::memcpy(&value, bytes.substr(0, 8).data(), 8);
        numbers[field].push_back(value);
        bytes.remove_prefix(8);
      } else if ((key & 7) == 2) {
        const uint64_t size = varint();
        if (size > bytes.size()) throw std::runtime_error("a field ends behind its message");
        texts[field].emplace_back(bytes.substr(0, size));
        bytes.remove_prefix(size);
      } else {
        throw std::runtime_error("a field of another type");
      }
    }
  }
  ReadMessage part(int field, size_t index = 0) const { return ReadMessage(texts.at(field).at(index)); }
};

struct ReadValue {
  std::string tag;
  std::string plugin;
  int64_t step = 0;
  std::string content;  // the tensor's bytes
};

struct ReadEvents {
  std::string version;
  std::vector<ReadMessage> graphs;
  std::vector<ReadValue> values;

  explicit ReadEvents(const std::string& path) {
    const std::string all = read_text_file(path);
    std::string_view rest = all;
    const auto take = [&](size_t size) {
      if (size > rest.size()) throw std::runtime_error("half a record");
      const std::string_view bytes = rest.substr(0, size);
      rest.remove_prefix(size);
      return bytes;
    };
    const auto check = [&](std::string_view bytes) {
      uint32_t stored = 0;
      std::memcpy(&stored, take(4).data(), 4);
      if (stored != masked_crc32c(bytes)) throw std::runtime_error("a checksum is wrong");
    };
    while (!rest.empty()) {
      const std::string_view length = take(8);
      check(length);
      uint64_t size = 0;
      std::memcpy(&size, length.data(), 8);
      const std::string_view event = take(size);
      check(event);
      add(ReadMessage(event));
    }
  }

  const ReadValue* find(const std::string& tag, int64_t step) const {
    for (const ReadValue& value : values) {
      if (value.tag == tag && value.step == step) return &value;
    }
    return nullptr;
  }
  // Throws where there is none.
  float scalar(const std::string& tag, int64_t step) const {
    const ReadValue* value = find(tag, step);
    if (value == nullptr || value->plugin != "scalars" || value->content.size() != 4) {
      throw std::runtime_error("no scalar " + tag);
    }
    float number = 0;
    std::memcpy(&number, value->content.data(), 4);
    return number;
  }

 private:
  void add(const ReadMessage& event) {
    if (event.texts.contains(3)) version = event.texts.at(3)[0];
    if (event.texts.contains(4)) graphs.push_back(event.part(4));
    if (!event.texts.contains(5)) return;
    const ReadMessage summary = event.part(5);
    for (size_t i = 0; i < summary.texts.at(1).size(); ++i) {
      const ReadMessage value = summary.part(1, i);
      values.push_back({value.texts.at(1)[0], value.part(9).part(1).texts.at(1)[0],
                        static_cast<int64_t>(event.numbers.at(2)[0]), value.part(8).texts.at(4)[0]});
    }
  }
};

}  // namespace nudge::train
