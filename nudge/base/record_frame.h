// The frame that TFRecord and TensorBoard's event files put around each record: its length and a checksum of
// that, the bytes, and a checksum of these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nudge {

inline constexpr uint64_t kRecordHead = 12;  // bytes before a record's own
inline constexpr uint64_t kRecordTail = 4;   // and behind them

std::string framed_record(std::string_view record);

// The length that these kRecordHead bytes say; nothing where their checksum is another.
std::optional<uint64_t> record_length(std::string_view head);

// `body`: the record and the kRecordTail bytes behind it.
bool record_is_sound(std::string_view body);

}  // namespace nudge
