#include "nudge/base/record_frame.h"

#include <bit>
#include <cstring>

#include "nudge/base/crc32c.h"

namespace nudge {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie in memory");

template <typename T>
std::string raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <typename T>
T number(std::string_view bytes) {
  T value = 0;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

}  // namespace

std::string framed_record(std::string_view record) {
  const std::string length = raw<uint64_t>(record.size());
  return length + raw(masked_crc32c(length)) + std::string(record) + raw(masked_crc32c(record));
}

std::optional<uint64_t> record_length(std::string_view head) {
  if (head.size() != kRecordHead) return std::nullopt;
  const std::string_view length = head.substr(0, sizeof(uint64_t));
  if (number<uint32_t>(head.substr(sizeof(uint64_t))) != masked_crc32c(length)) return std::nullopt;
  return number<uint64_t>(length);
}

bool record_is_sound(std::string_view body) {
  if (body.size() < kRecordTail) return false;
  const std::string_view record = body.substr(0, body.size() - kRecordTail);
  return number<uint32_t>(body.substr(record.size())) == masked_crc32c(record);
}

}  // namespace nudge
