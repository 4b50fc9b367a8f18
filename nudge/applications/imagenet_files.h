// The files that keras.applications publishes one each of an architecture, with their hashes.
#pragma once

#include <span>

namespace nudge::applications {

struct ImagenetFile {
  const char* application;
  const char* name;  // goes into the family's pattern
  const char* hash;  // MD5 or SHA-256, as published
  const char* hash_no_top;
  const char* cached = nullptr;  // the name in Keras's cache where it is another
};

struct ImagenetFamily {
  const char* folder;  // on the server
  const char* pattern;
  const char* no_top;  // the end of the names of those without a classifier
  const char* cached_no_top;
  std::span<const ImagenetFile> files;
};

std::span<const ImagenetFamily> imagenet_families();

}  // namespace nudge::applications
