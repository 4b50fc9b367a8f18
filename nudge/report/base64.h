// Base64 (RFC 4648, section 4), to put a picture into a page.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace nudge::report {

std::string base64(std::span<const std::byte> bytes);

}  // namespace nudge::report
