#include "nudge/deploy/c_source.h"

#include <array>
#include <cctype>
#include <filesystem>

namespace nudge::deploy {
namespace {

// Lines of up to 12 bytes, "  0x1c, 0x00,\n".
std::string byte_rows(std::span<const std::byte> bytes) {
  constexpr std::array<char, 16> kDigits{'0', '1', '2', '3', '4', '5', '6', '7',
                                         '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  constexpr size_t kInALine = 12;
  std::string rows;
  rows.reserve(bytes.size() * 6 + bytes.size() / kInALine * 3 + 3);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto value = static_cast<unsigned>(bytes[i]);
    rows += i % kInALine == 0 ? "  0x" : " 0x";
    rows += kDigits[value >> 4];
    rows += kDigits[value & 15];
    rows += ',';
    if (i % kInALine == kInALine - 1 || i + 1 == bytes.size()) rows += '\n';
  }
  return rows;
}

}  // namespace

std::string identifier_of(const std::string& path) {
  std::string name;
  for (const char c : std::filesystem::path(path).stem().string()) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 128;
    // Names with two underscores in a row are the compiler's.
    if (word) name += c;
    if (!word && !name.empty() && name.back() != '_') name += '_';
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  if (name.empty()) return "model";
  return std::isdigit(static_cast<unsigned char>(name.front())) != 0 ? "model_" + name : name;
}

std::string byte_array(const std::string& name, std::span<const std::byte> bytes) {
  return "alignas(16) const unsigned char " + name + "[] = {\n" + byte_rows(bytes) + "};\n";
}

}  // namespace nudge::deploy
