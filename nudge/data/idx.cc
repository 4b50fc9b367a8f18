#include "nudge/data/idx.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::data {
namespace {

using Bytes = std::span<const std::byte>;

constexpr size_t kMostDimensions = 8;

std::optional<DataType> type_of(std::byte code) {
  switch (std::to_integer<int>(code)) {
    case 0x08:
      return DataType::kUInt8;
    case 0x09:
      return DataType::kInt8;
    case 0x0B:
      return DataType::kInt16;
    case 0x0C:
      return DataType::kInt32;
    case 0x0D:
      return DataType::kFloat32;
    case 0x0E:
      return DataType::kFloat64;
    default:
      return std::nullopt;
  }
}

[[noreturn]] void damaged(const std::string& name) {
  throw InputError(name + ": its size is not what its header says; it is damaged or truncated");
}

// What gzip has packed, part by part.
class Unpacking {
 public:
  Unpacking(Bytes bytes, const std::string& name) : name_(name) {
    constexpr int kGzip = 16;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    if (bytes.size() > UINT32_MAX || inflateInit2(&stream_, MAX_WBITS + kGzip) != Z_OK) {
      throw InputError(name + ": cannot be unpacked here; unpack it with gunzip");
    }
  }
  ~Unpacking() { inflateEnd(&stream_); }
  Unpacking(const Unpacking&) = delete;
  Unpacking& operator=(const Unpacking&) = delete;

  // How many bytes there were for it: fewer only at the end.
  size_t read(std::span<std::byte> to) {
    stream_.next_out = reinterpret_cast<Bytef*>(to.data());
    stream_.avail_out = static_cast<uInt>(to.size());
    while (stream_.avail_out > 0 && !ended_) {
      const int code = inflate(&stream_, Z_NO_FLUSH);
      ended_ = code == Z_STREAM_END;
      if (code != Z_OK && code != Z_STREAM_END) damaged(name_);
    }
    return to.size() - stream_.avail_out;
  }

 private:
  const std::string& name_;
  bool ended_ = false;
  z_stream stream_{};
};

struct IdxHeader {
  DataType type;
  Shape shape;
  size_t bytes;  // of the header
  uint64_t all;  // of the whole file
};

// Of the first bytes of a file.
IdxHeader parse_header(Bytes bytes, const std::string& name) {
  const auto type = bytes.size() < 4 ? std::nullopt : type_of(bytes[2]);
  const size_t rank = type ? std::to_integer<size_t>(bytes[3]) : 0;
  if (!type || bytes[0] != std::byte{0} || bytes[1] != std::byte{0} || rank < 1 || rank > kMostDimensions) {
    throw InputError(name + ": is no IDX file");
  }
  IdxHeader header{*type, {}, 4 + 4 * rank, size_of(*type)};
  if (bytes.size() < header.bytes) damaged(name);
  for (size_t i = 0; i < rank; ++i) {
    uint64_t side = 0;
    for (const std::byte byte : bytes.subspan(4 + 4 * i, 4))
      side = side << 8 | std::to_integer<uint64_t>(byte);
    header.shape.push_back(static_cast<int64_t>(side));
    if (side != 0 && header.all > INT64_MAX / 2 / side) damaged(name);
    header.all *= side;
  }
  header.all += header.bytes;
  return header;
}

// Everything that was packed, but nothing where that is not as long as its header says: it is unpacked twice,
// so that no memory is taken for what is not there.
std::vector<std::byte> unpacked(Bytes packed, const std::string& name) {
  constexpr size_t kPart = size_t{1} << 16;
  std::vector<std::byte> part(kPart);
  Unpacking first(packed, name);
  uint64_t total = first.read(part);
  const IdxHeader header = parse_header(std::span(part).first(total), name);
  for (size_t got = total; got == kPart && total <= header.all; total += got) got = first.read(part);
  if (total != header.all) damaged(name);
  std::vector<std::byte> all(total);
  Unpacking second(packed, name);
  for (size_t at = 0; at < all.size();) {
    const size_t got = second.read(std::span(all).subspan(at, std::min(kPart, all.size() - at)));
    if (got == 0) damaged(name);
    at += got;
  }
  return all;
}

// Numbers are stored big-endian.
void swap_bytes(Array& array) {
  const size_t size = size_of(array.type());
  std::byte* bytes = array.bytes();
  if (size == 1) return;
  for (int64_t i = 0; i < array.size(); ++i, bytes += size) std::reverse(bytes, bytes + size);
}

}  // namespace

bool is_idx(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  const size_t at = name.rfind("idx");
  if (at == std::string::npos || at == 0 || (name[at - 1] != '-' && name[at - 1] != '.')) return false;
  return at + 4 <= name.size() && name[at + 3] >= '1' && name[at + 3] <= '9' &&
         (name.size() == at + 4 || name[at + 4] == '-');
}

Array decode_idx(Bytes bytes, const std::string& name) {
  std::vector<std::byte> plain;
  if (bytes.size() > 2 && bytes[0] == std::byte{0x1F} && bytes[1] == std::byte{0x8B}) {
    plain = unpacked(bytes, name);
    bytes = plain;
  }
  const IdxHeader header = parse_header(bytes, name);
  if (header.all != bytes.size()) damaged(name);
  Array array(header.shape, header.type);
  if (array.size() > 0) std::memcpy(array.bytes(), bytes.data() + header.bytes, array.byte_size());
  swap_bytes(array);
  return array;
}

Array read_idx(const std::string& path) { return decode_idx(read_file(path), path); }

}  // namespace nudge::data
