// The checksum of TFRecord and TensorBoard's event files.
#pragma once

#include <cstdint>
#include <string_view>

namespace nudge {

// CRC-32C (Castagnoli): 0xE3069283 of "123456789".
uint32_t crc32c(std::string_view bytes);

// As TFRecord stores it, so that a checksum of checksums is none of a special kind.
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace nudge
