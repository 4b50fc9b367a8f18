// The one EXIF field that matters for training: which way up the camera was held.
#pragma once

#include <cstddef>
#include <span>

#include "nudge/base/array.h"

namespace nudge::data {

// What a JPEG says of itself in its application markers.
struct JpegMarkers {
  int orientation = 1;  // EXIF's 1..8; 1 where the field is absent or damaged
  bool adobe = false;   // Adobe's marker is there: CMYK values are stored inverted
};

// Walks the markers before the picture's data.  Never throws: damage ends the walk.
JpegMarkers read_jpeg_markers(std::span<const std::byte> jpeg);

// The orientation that a PNG's eXIf chunk or a WEBP's EXIF chunk says, anywhere in the file; 1 where there is
// none.  Never throw: damage ends the walk.
int png_orientation(std::span<const std::byte> png);
int webp_orientation(std::span<const std::byte> webp);

// The picture (uint8, height, width, channels) turned upright; `image` itself when orientation is 1.
Array turn_upright(const Array& image, int orientation);

// Orientations 5 to 8 lie on their side: width and height change places.
inline bool is_sideways(int orientation) { return orientation >= 5 && orientation <= 8; }

}  // namespace nudge::data
