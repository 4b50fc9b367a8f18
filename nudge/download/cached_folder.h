// A published archive as a folder in Keras's cache of data sets.
#pragma once

#include <cstdint>
#include <string>

#include "nudge/download/download.h"

namespace nudge::download {

struct PublishedArchive {
  std::string url;   // of a .tar.gz
  std::string hash;  // as published
  int64_t bytes = 0;
  std::string name;  // of the folder in it, and in the cache
};

// The folder where Keras's get_file() unpacked the archive ("datasets/NAME" in the cache), else downloaded
// and unpacked there.  Throws what download() and unpack_archive() throw.
std::string cached_folder(const PublishedArchive& archive, const Progress& progress = {});

}  // namespace nudge::download
