#include "nudge/data/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/data/exif.h"
#include "nudge/data/test_folder.h"
#include "nudge/data/test_jpeg.h"

namespace nudge::data {
namespace {

using testing::HasSubstr;

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string image_failure(const std::string& content) {
  try {
    decode_image(bytes(content), "roses/7.jpg");
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_THAT(message, HasSubstr("roses/7.jpg"));
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }
  ADD_FAILURE() << "no InputError";
  return "";
}

// Four quarters of different colours, so that every turn shows.
Array quarters(int64_t height, int64_t width) {
  const uint8_t colours[4][3] = {{250, 10, 10}, {10, 250, 10}, {10, 10, 250}, {240, 240, 20}};
  Array image({height, width, 3}, DataType::kUInt8);
  uint8_t* to = image.data<uint8_t>();
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const uint8_t* colour = colours[(y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0)];
      to = std::copy_n(colour, 3, to);
    }
  }
  return image;
}

int largest_difference(const Array& a, const Array& b) {
  EXPECT_EQ(a.shape(), b.shape());
  int largest = 0;
  for (int64_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(a.data<uint8_t>()[i] - b.data<uint8_t>()[i]));
  }
  return largest;
}

Array noise(Shape shape, uint64_t seed) {
  Random random(seed);
  Array image(std::move(shape), DataType::kUInt8);
  for (uint8_t& value : image.span<uint8_t>()) value = static_cast<uint8_t>(random.below(256));
  return image;
}

// A PNG of any format of libpng's simplified interface.
std::string png_of(const Array& image, png_uint_32 format) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  header.height = static_cast<png_uint_32>(image.shape()[0]);
  header.width = static_cast<png_uint_32>(image.shape()[1]);
  header.format = format;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header) + 1024;
  std::string out(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&header, out.data(), &size, 0, image.bytes(), 0, nullptr), 0);
  out.resize(size);
  return out;
}

TEST(Image, PngComesBackExactly) {
  const Array image = noise({17, 23, 3}, 1);
  EXPECT_TRUE(identical(decode_image(bytes(encode_png(image)), "a.png"), image));
}

TEST(Image, JpegComesBackNearly) {
  const Array image = quarters(32, 48);
  EXPECT_LE(largest_difference(decode_image(bytes(encode_jpeg(image)), "a.jpg"), image), 12);
}

TEST(Image, GreyBecomesThreeEqualChannels) {
  const Array grey = noise({8, 8, 1}, 2);
  const Array from_png = decode_image(bytes(png_of(grey, PNG_FORMAT_GRAY)), "a.png");
  const Array from_jpeg = decode_image(bytes(encode_jpeg(grey, 100)), "a.jpg");
  ASSERT_EQ(from_png.shape(), (Shape{8, 8, 3}));
  ASSERT_EQ(from_jpeg.shape(), (Shape{8, 8, 3}));
  for (int64_t i = 0; i < 64; ++i) {
    for (int64_t c = 0; c < 3; ++c) {
      EXPECT_EQ(from_png.data<uint8_t>()[3 * i + c], grey.data<uint8_t>()[i]);
      EXPECT_NEAR(from_jpeg.data<uint8_t>()[3 * i + c], grey.data<uint8_t>()[i], 3);
    }
  }
}

TEST(Image, AlphaIsDroppedAndColoursStay) {
  const Array rgba = noise({5, 7, 4}, 3);
  const Array decoded = decode_image(bytes(png_of(rgba, PNG_FORMAT_RGBA)), "a.png");
  ASSERT_EQ(decoded.shape(), (Shape{5, 7, 3}));
  for (int64_t i = 0; i < 35; ++i) {
    for (int64_t c = 0; c < 3; ++c) {
      EXPECT_EQ(decoded.data<uint8_t>()[3 * i + c], rgba.data<uint8_t>()[4 * i + c]);
    }
  }
}

TEST(Image, SixteenBitsAreCutToEight) {
  const Array deep = Array::of<int16_t>({1, 2, 3}, {0x0102, 0x2030, 0x7FFF, 0x1234, 0x0000, 0x00FF});
  const Array decoded = decode_image(bytes(png_of(deep, PNG_FORMAT_LINEAR_RGB)), "a.png");
  EXPECT_THAT(decoded.span<uint8_t>(), testing::ElementsAre(0x01, 0x20, 0x7F, 0x12, 0x00, 0x00));
}

TEST(Image, CmykIsConvertedInBothSenses) {
  const std::string inverted = encode_jpeg(Array::full<uint8_t>({16, 16, 4}, 200), 100);
  // With Adobe's marker a stored value is how much light an ink lets through: 200 * 200 / 255.
  ASSERT_TRUE(read_jpeg_markers(bytes(inverted)).adobe);
  const Array light = decode_image(bytes(inverted), "a.jpg");
  for (const uint8_t value : light.span<uint8_t>()) ASSERT_NEAR(value, 157, 3);
  // Without it the stored numbers, here YCCK's 55, 128, 128 and 200, are amounts of ink.
  std::string plain = inverted;
  plain.erase(plain.find("Adobe") - 4, 16);
  ASSERT_FALSE(read_jpeg_markers(bytes(plain)).adobe);
  const Array decoded = decode_image(bytes(plain), "a.jpg");
  EXPECT_NEAR(decoded.data<uint8_t>()[0], (255 - 55) * (255 - 200) / 255.0, 3);
  EXPECT_NEAR(decoded.data<uint8_t>()[1], (255 - 128) * (255 - 200) / 255.0, 3);
}

TEST(Image, EveryOrientationIsTurnedUpright) {
  const Array upright = quarters(16, 32);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    // The camera stored the scene turned the other way: 6 and 8 undo each other, the rest themselves.
    const int undo = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
    const Array stored = turn_upright(upright, undo);
    for (const bool big_endian : {false, true}) {
      const std::string file = with_orientation(encode_jpeg(stored), orientation, big_endian);
      EXPECT_LE(largest_difference(decode_image(bytes(file), "a.jpg"), upright), 12);
      EXPECT_EQ(image_size(bytes(file), "a.jpg"), (ImageSize{16, 32}));
    }
  }
}

TEST(Image, OrientationSixIsAQuarterTurnClockwise) {
  const Array image = Array::of<uint8_t>({2, 3, 1}, {1, 2, 3, 4, 5, 6});
  EXPECT_TRUE(identical(turn_upright(image, 6), Array::of<uint8_t>({3, 2, 1}, {4, 1, 5, 2, 6, 3})));
  EXPECT_TRUE(identical(turn_upright(image, 2), Array::of<uint8_t>({2, 3, 1}, {3, 2, 1, 6, 5, 4})));
  EXPECT_TRUE(identical(turn_upright(image, 5), Array::of<uint8_t>({3, 2, 1}, {1, 4, 2, 5, 3, 6})));
}

TEST(Image, JpegIsDecodedAtReducedScaleWhenTheTargetIsSmall) {
  const std::string file = encode_jpeg(quarters(160, 240));
  const auto size = [&](ImageSize target) {
    const Array image = decode_image(bytes(file), "a.jpg", {.target = target});
    return ImageSize{image.shape()[0], image.shape()[1]};
  };
  EXPECT_EQ(size({20, 30}), (ImageSize{20, 30}));
  EXPECT_EQ(size({21, 30}), (ImageSize{40, 60}));
  EXPECT_EQ(size({80, 80}), (ImageSize{80, 120}));
  EXPECT_EQ(size({161, 8}), (ImageSize{160, 240}));
  EXPECT_EQ(size({0, 0}), (ImageSize{160, 240}));
}

TEST(Image, SidewaysJpegComparesTheTargetWithItsUprightSides) {
  const std::string file = with_orientation(encode_jpeg(quarters(160, 320)), 6, true);
  const Array image = decode_image(bytes(file), "a.jpg", {.target = {160, 40}});
  EXPECT_EQ(image.shape(), (Shape{160, 80, 3}));
}

TEST(Image, NonImagesAreNamedForWhatTheyAre) {
  EXPECT_THAT(image_failure(""), HasSubstr("empty"));
  EXPECT_THAT(image_failure("these are words"), HasSubstr("is no JPEG, PNG, WEBP, GIF or BMP image"));
  EXPECT_THAT(image_failure("GIF89a......"), HasSubstr("the GIF is damaged or truncated"));
  EXPECT_THAT(image_failure(std::string("RIFF\0\0\0\0WEBPVP8 ", 16)),
              HasSubstr("the WEBP is damaged or truncated"));
  EXPECT_THAT(image_failure("BM1234567890"), HasSubstr("the BMP is damaged or truncated"));
  EXPECT_THAT(image_failure("II*\1\2\3\4"), HasSubstr("TIFF images are not read; convert it"));
  EXPECT_THAT(image_failure(std::string("\0\0\0\x18"
                                        "ftypheic",
                                        12)),
              HasSubstr("HEIC images are not read"));
  EXPECT_THAT(image_failure(std::string("\0\0\0\x18"
                                        "ftypavif",
                                        12)),
              HasSubstr("AVIF images are not read"));
}

TEST(Image, TruncatedFilesAreErrorsAtEveryLength) {
  const Array image = noise({24, 24, 3}, 4);
  for (const std::string& file :
       {encode_png(image), encode_jpeg(image), encode_jpeg(image, 90, TJFLAG_PROGRESSIVE)}) {
    for (size_t length = 8; length < file.size() - 2; length += 1 + length / 16) {
      SCOPED_TRACE(length);
      EXPECT_THAT(image_failure(file.substr(0, length)), HasSubstr("damaged or truncated"));
    }
  }
}

TEST(Image, ClaimedSizesAreCheckedBeforeMemoryIsTaken) {
  std::string png = encode_png(noise({4, 4, 3}, 5));
  // Width and height of the first chunk, and its checksum.
  const auto put = [&](size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; ++i) png[at + i] = static_cast<char>(value >> (24 - 8 * i));
  };
  const auto claim = [&](uint32_t width, uint32_t height) {
    put(16, width);
    put(20, height);
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 12; i < 29; ++i) {
      crc ^= static_cast<uint8_t>(png[i]);
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
    }
    put(29, ~crc);
  };
  claim(2'000'000'000, 2'000'000'000);
  EXPECT_THAT(image_failure(png), HasSubstr("decompression bomb"));
  claim(12000, 12000);
  EXPECT_THAT(image_failure(png), HasSubstr("decompression bomb"));
  claim(4000, 4000);
  EXPECT_THAT(image_failure(png), HasSubstr("too few bytes for its size"));
  std::string jpeg = encode_jpeg(quarters(16, 16));
  const size_t frame = jpeg.find("\xFF\xC0");
  for (size_t i = 5; i < 9; ++i) jpeg[frame + i] = i % 2 == 1 ? '\xFE' : '\xFF';
  EXPECT_THAT(image_failure(jpeg), HasSubstr("decompression bomb"));
}

TEST(Image, FlippedBitsNeverCrash) {
  const uint64_t seed = 6;
  SCOPED_TRACE(seed);
  Random random(seed);
  const Array image = noise({16, 20, 3}, 7);
  const std::string files[] = {encode_png(image), png_of(noise({9, 9, 4}, 8), PNG_FORMAT_RGBA),
                               with_orientation(encode_jpeg(image), 6, true),
                               encode_jpeg(image, 80, TJFLAG_PROGRESSIVE),
                               encode_jpeg(noise({16, 16, 4}, 9))};
  int decoded = 0;
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string file = files[round % 5];
    for (uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
      // Half of them in the headers, where they do most.
      const uint64_t at =
          random.below(random.below(2) == 0 ? std::min<size_t>(file.size(), 200) : file.size());
      file[at] = static_cast<char>(file[at] ^ (1 << random.below(8)));
    }
    if (random.below(4) == 0) file.resize(random.below(file.size()));
    try {
      decode_image(bytes(file), "fuzz", {.max_pixels = 1 << 20});
      ++decoded;
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(decoded, 0);
  EXPECT_GT(refused, 0);
}

TEST(Image, FilesAreReadByPath) {
  const TestFolder folder;
  const std::string path = folder.put_picture("a.png", 77, 3, 5);
  EXPECT_EQ(read_image(path).shape(), (Shape{3, 5, 3}));
  EXPECT_THROW(read_image(folder.path("none.png")), InputError);
  EXPECT_THROW(encode_png(Array({2, 2, 3})), ValueError);
}

TEST(Image, ExtensionsAreKnownInAnyCase) {
  EXPECT_TRUE(has_image_extension("a/b.JPG"));
  EXPECT_TRUE(has_image_extension("b.Jpeg"));
  EXPECT_TRUE(has_image_extension("b.png"));
  EXPECT_TRUE(has_image_extension("b.WebP"));
  EXPECT_TRUE(has_image_extension("b.gif"));
  EXPECT_TRUE(has_image_extension("b.bmp"));
  EXPECT_FALSE(has_image_extension("b.tiff"));
  EXPECT_FALSE(has_image_extension("jpg"));
}

}  // namespace
}  // namespace nudge::data
