#include "nudge/data/npy.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/file.h"

namespace nudge::data {
namespace {

static_assert(std::endian::native == std::endian::little, ".npy files are written as they lie in memory");

constexpr std::string_view kMagic("\x93NUMPY", 6);

struct TypeCode {
  DataType type;
  std::string_view code;
};
constexpr TypeCode kTypes[] = {{DataType::kFloat32, "<f4"}, {DataType::kFloat64, "<f8"},
                               {DataType::kInt8, "|i1"},    {DataType::kUInt8, "|u1"},
                               {DataType::kInt16, "<i2"},   {DataType::kInt32, "<i4"},
                               {DataType::kInt64, "<i8"},   {DataType::kBool, "|b1"}};

// The text after "'key':" in the header, which is a Python dictionary of three fixed keys.
std::string_view field(std::string_view header, std::string_view key, const std::string& name) {
  const size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) throw InputError(fmt::format("{}: the .npy header has no {}", name, key));
  std::string_view rest = header.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

DataType parse_type(std::string_view text, const std::string& name) {
  const size_t end = text.size() > 1 ? text.find('\'', 1) : std::string_view::npos;
  if (end == std::string_view::npos || text[0] != '\'') {
    throw UnsupportedError(name + ": the array holds records; only plain numbers are read");
  }
  const std::string_view code = text.substr(1, end - 1);
  for (const TypeCode& type : kTypes) {
    // NumPy writes one-byte types with '|', other programs with '<'.
    if (code.size() == 3 && code.substr(1) == type.code.substr(1) &&
        (code[0] == '<' || code[0] == type.code[0])) {
      return type.type;
    }
  }
  throw UnsupportedError(
      fmt::format("{}: arrays of type {} are not read; use float32, uint8, int32 or another "
                  "little-endian number",
                  name, in_quotes(std::string(code))));
}

Shape parse_shape(std::string_view text, const std::string& name) {
  const size_t end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos) {
    throw InputError(name + ": the shape in the .npy header is damaged");
  }
  Shape shape;
  std::string_view rest = text.substr(1, end - 1);
  while (rest.find_first_not_of(' ') != std::string_view::npos) {
    rest.remove_prefix(rest.find_first_not_of(' '));
    int64_t side = -1;
    const auto [next, error] = std::from_chars(rest.data(), rest.data() + rest.size(), side);
    rest.remove_prefix(static_cast<size_t>(next - rest.data()));
    const bool separated = rest.empty() || rest[0] == ',';
    if (error != std::errc() || side < 0 || !separated) {
      throw InputError(name + ": the shape in the .npy header is damaged");
    }
    if (!rest.empty()) rest.remove_prefix(1);
    shape.push_back(side);
  }
  return shape;
}

// The bytes that a shape takes, or nothing when their number does not fit.
std::optional<uint64_t> bytes_of(const Shape& shape, size_t element) {
  uint64_t bytes = element;
  for (const int64_t side : shape) {
    const auto length = static_cast<uint64_t>(side);
    if (length != 0 && bytes > std::numeric_limits<int64_t>::max() / length) return std::nullopt;
    bytes *= length;
  }
  return bytes;
}

}  // namespace

Array decode_npy(std::span<const std::byte> bytes, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 12) throw InputError(name + ": is no .npy array");
  const int version = static_cast<unsigned char>(text[6]);
  if (version < 1 || version > 3) {
    throw UnsupportedError(fmt::format("{}: .npy format {} is not read, only 1 to 3", name, version));
  }
  const size_t length_bytes = version == 1 ? 2 : 4;
  size_t header_size = 0;
  std::memcpy(&header_size, text.data() + 8, length_bytes);
  const size_t header_at = 8 + length_bytes;
  if (header_size > text.size() - header_at) throw InputError(name + ": the .npy array is truncated");
  const std::string_view header = text.substr(header_at, header_size);
  if (!field(header, "fortran_order", name).starts_with("False")) {
    throw UnsupportedError(name + ": the array is in Fortran order; save numpy.ascontiguousarray(array)");
  }
  const DataType type = parse_type(field(header, "descr", name), name);
  const Shape shape = parse_shape(field(header, "shape", name), name);
  const std::string_view data = text.substr(header_at + header_size);
  const std::optional<uint64_t> needed = bytes_of(shape, size_of(type));
  if (!needed || *needed != data.size()) {
    throw InputError(
        fmt::format("{}: {} bytes follow the header of a {} {} array; the file is damaged or truncated", name,
                    data.size(), to_string(type), to_string(shape)));
  }
  Array array(shape, type);
  if (!data.empty()) std::memcpy(array.bytes(), data.data(), data.size());
  return array;
}

bool is_npy(const std::string& path) { return path.ends_with(".npy"); }

Array read_npy(const std::string& path) { return decode_npy(read_file(path), path); }

std::vector<std::byte> encode_npy(const Array& array) {
  std::string_view code;
  for (const TypeCode& type : kTypes) {
    if (type.type == array.type()) code = type.code;
  }
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", code, to_string(array.shape()));
  // The data starts at a multiple of 64; the padding ends with a line feed.
  const size_t before = kMagic.size() + 4;
  header.append(63 - (before + header.size()) % 64, ' ');
  header.push_back('\n');
  std::vector<std::byte> bytes(before + header.size() + array.byte_size());
  std::byte* to = bytes.data();
  const auto put = [&to](const void* from, size_t count) {
    if (count != 0) std::memcpy(to, from, count);
    to += count;
  };
  const char version[] = {1, 0};
  const auto size = static_cast<uint16_t>(header.size());
  put(kMagic.data(), kMagic.size());
  put(version, sizeof version);
  put(&size, sizeof size);
  put(header.data(), header.size());
  put(array.bytes(), array.byte_size());
  return bytes;
}

void write_npy(const std::string& path, const Array& array) { write_file(path, encode_npy(array)); }

}  // namespace nudge::data
