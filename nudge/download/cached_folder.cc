#include "nudge/download/cached_folder.h"

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/download/hash.h"
#include "nudge/download/keras_cache.h"
#include "nudge/download/unpack.h"

namespace nudge::download {
namespace {

namespace fs = std::filesystem;

// Whether the data stands in it, and not one folder deeper.
bool holds_folders(const fs::path& folder, const std::string& other_than) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    if (entry.is_directory(code) && entry.path().filename() != other_than) return true;
  }
  return false;
}

}  // namespace

std::string cached_folder(const PublishedArchive& archive, const Progress& progress) {
  std::string folder = keras_home() + "/datasets/" + archive.name;
  // As get_file() of Keras 2 leaves it, and of Keras 3 with and without a name.
  for (const std::string& place :
       {folder, folder + "/" + archive.name, folder + "_extracted/" + archive.name}) {
    if (holds_folders(place, archive.name)) return place;
  }
  const std::string packed =
      cached_file("datasets", archive.name + ".tgz", archive.url,
                  {.hash = archive.hash, .max_bytes = archive.bytes, .progress = progress});
  if (!archive.hash.empty() && !has_hash(packed, archive.hash)) {
    throw InputError(
        packed + ": is damaged or another archive than the published; remove it, and it is downloaded again");
  }
  // Photos hardly shrink: an archive of them unpacks to little more than itself.
  constexpr int64_t kGrowth = 4;
  constexpr int64_t kBlocks = int64_t{1} << 20;
  unpack_archive(packed, folder, {.root = archive.name, .max_bytes = kGrowth * archive.bytes + kBlocks});
  return folder;
}

}  // namespace nudge::download
