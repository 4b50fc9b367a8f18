#include "nudge/data/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <memory>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/data/npy.h"

namespace nudge::data {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

// What all arrays of a file may unpack to.  Deflate shrinks nothing by more than 1032:1, and what people
// keep, masks and class numbers among it, by far less.
constexpr uint64_t kAlwaysAllowed = uint64_t{64} << 20;
constexpr uint64_t kMostExpansion = 200;

// Takes what it reads off `left`.
std::vector<std::byte> read_entry(zip_t* archive, uint64_t index, uint64_t& left, const std::string& name) {
  zip_stat_t status;
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_NAME;
  if (zip_stat_index(archive, index, 0, &status) != 0 || (status.valid & kNeeded) != kNeeded) {
    throw InputError(name + ": the entry is damaged");
  }
  if (status.size > left) {
    throw InputError(
        fmt::format("{}: unpacks to {} bytes, more than such a file is read for; store it without "
                    "compression (numpy.savez)",
                    name, status.size));
  }
  left -= status.size;
  const std::unique_ptr<zip_file_t, Discard> file(zip_fopen_index(archive, index, 0));
  if (file == nullptr) throw InputError(fmt::format("{}: cannot be read: {}", name, zip_strerror(archive)));
  std::vector<std::byte> bytes(status.size);
  const zip_int64_t got = zip_fread(file.get(), bytes.data(), bytes.size());
  // The checksum is verified on reaching the end, so one more read is needed.
  std::byte beyond;
  if (got != static_cast<zip_int64_t>(bytes.size()) || zip_fread(file.get(), &beyond, 1) != 0) {
    throw InputError(name + ": the entry is damaged or truncated");
  }
  return bytes;
}

}  // namespace

Archive read_npz(const std::string& path) {
  const std::vector<std::byte> content = read_file(path);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* memory = zip_source_buffer_create(content.data(), content.size(), 0, &error);
  const std::unique_ptr<zip_t, Discard> archive(
      memory == nullptr ? nullptr : zip_open_from_source(memory, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (archive == nullptr) {
    if (memory != nullptr) zip_source_free(memory);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw InputError(fmt::format("{}: is no .npz file, or a damaged one: {}", path, reason));
  }
  zip_error_fini(&error);
  Archive arrays;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  uint64_t left = kAlwaysAllowed + kMostExpansion * content.size();
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* raw_name = zip_get_name(archive.get(), index, 0);
    std::string name = raw_name == nullptr ? "" : raw_name;
    const std::string where = fmt::format("{}: {}", path, name);
    Array array = decode_npy(read_entry(archive.get(), index, left, where), where);
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    if (!arrays.emplace(name, std::move(array)).second)
      throw InputError(where + ": the array is there twice");
  }
  return arrays;
}

void write_npz(const std::string& path, const NamedArrays& arrays, bool compress) {
  write_file_with(path, [&](const std::string& temporary) {
    int code = 0;
    std::unique_ptr<zip_t, Discard> archive(zip_open(temporary.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
    const auto fail = [&path](const std::string& reason) {
      throw OutputError(path + ": cannot be written: " + reason);
    };
    if (archive == nullptr) {
      zip_error_t error;
      zip_error_init_with_code(&error, code);
      const std::string reason = zip_error_strerror(&error);
      zip_error_fini(&error);
      fail(reason);
    }
    // libzip reads the buffers when it closes the archive.
    std::vector<std::vector<std::byte>> buffers;
    for (const auto& [name, array] : arrays) {
      buffers.push_back(encode_npy(array));
      zip_source_t* source =
          zip_source_buffer(archive.get(), buffers.back().data(), buffers.back().size(), 0);
      const zip_int64_t index =
          source == nullptr ? -1 : zip_file_add(archive.get(), (name + ".npy").c_str(), source, 0);
      if (index < 0) {
        if (source != nullptr) zip_source_free(source);
        fail(zip_strerror(archive.get()));
      }
      const int method = compress ? ZIP_CM_DEFLATE : ZIP_CM_STORE;
      if (zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), method, 0) != 0) {
        fail(zip_strerror(archive.get()));
      }
    }
    if (zip_close(archive.get()) != 0) fail(zip_strerror(archive.get()));
    static_cast<void>(archive.release());
  });
}

}  // namespace nudge::data
