// TFRecord files of tf.Example made for tests, byte for byte as TensorFlow writes them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "nudge/base/record_frame.h"

namespace nudge::data {

inline std::string wire_number(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}

// A field of bytes, or a message.
inline std::string wire_field(uint64_t field, std::string_view bytes) {
  return wire_number(field << 3 | 2) + wire_number(bytes.size()) + std::string(bytes);
}

inline std::string bytes_feature(std::string_view value) { return wire_field(1, wire_field(1, value)); }

inline std::string integer_feature(int64_t value) {
  return wire_field(3, wire_field(1, wire_number(static_cast<uint64_t>(value))));
}

// `features` by their names.
inline std::string tf_example(const std::map<std::string, std::string>& features) {
  std::string map;
  for (const auto& [name, feature] : features)
    map += wire_field(1, wire_field(1, name) + wire_field(2, feature));
  return wire_field(1, map);
}

// A record as TensorFlow Datasets has it.
inline std::string labelled_record(std::string_view picture, int64_t label) {
  return framed_record(tf_example({{"image", bytes_feature(picture)}, {"label", integer_feature(label)}}));
}

}  // namespace nudge::data
