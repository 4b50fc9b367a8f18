// The picture formats behind decode_image: what each must provide.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "nudge/base/array.h"
#include "nudge/data/image.h"

namespace nudge::data {

Array decode_jpeg(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options);
ImageSize jpeg_size(std::span<const std::byte> bytes, const std::string& name);

Array decode_png(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options);
ImageSize png_size(std::span<const std::byte> bytes, const std::string& name);

// Of an animation the first frame.
Array decode_webp(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options);
ImageSize webp_size(std::span<const std::byte> bytes, const std::string& name);

// The first frame.
Array decode_gif(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options);
ImageSize gif_size(std::span<const std::byte> bytes, const std::string& name);

// Uncompressed ones; run-length coded ones are refused by name.
Array decode_bmp(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options);
ImageSize bmp_size(std::span<const std::byte> bytes, const std::string& name);

// Throws InputError when the picture has no pixels or more than `max_pixels`.
void check_pixels(ImageSize size, int64_t max_pixels, const std::string& name);

}  // namespace nudge::data
