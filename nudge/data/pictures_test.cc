// Small files of every kind beside the pixels that Pillow reads from them (testdata/make_pictures.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/data/channels.h"
#include "nudge/data/fixtures_test.h"
#include "nudge/data/image.h"

namespace nudge::data {
namespace {

using testing::HasSubstr;

Array pixels(const Json& entry, const char* key, int64_t channels) {
  Array image({entry["height"].get<int64_t>(), entry["width"].get<int64_t>(), channels}, DataType::kUInt8);
  const std::string bytes = from_hex(entry[key].get<std::string>());
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), image.size());
  std::copy_n(bytes.begin(), bytes.size(), image.data<uint8_t>());
  return image;
}

const Json& entries() {
  static const Json json = read_test_json("pictures.json");
  return json;
}

std::string file_of(const std::string& name) {
  for (const Json& entry : entries()) {
    if (entry["name"] == name) return from_hex(entry["file"].get<std::string>());
  }
  ADD_FAILURE() << "no picture " << name;
  return "";
}

Array decode_picture(const std::string& file, int64_t max_pixels = 1 << 20) {
  return decode_image(std::as_bytes(std::span(file)), "roses/7.jpg", {.max_pixels = max_pixels});
}

std::string picture_failure(const std::string& file) {
  try {
    decode_picture(file);
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_THAT(message, HasSubstr("roses/7.jpg: "));
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }
  ADD_FAILURE() << "no InputError";
  return "";
}

std::string with_number(std::string file, size_t at, uint32_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) file[at + i] = static_cast<char>(value >> (8 * i));
  return file;
}

TEST(Pictures, EveryKindHasPillowsPixels) {
  for (const Json& entry : entries()) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const std::string file = from_hex(entry["file"].get<std::string>());
    const Array image = decode_picture(file);
    const Array expected = pixels(entry, "rgb", 3);
    ASSERT_EQ(image.shape(), expected.shape());
    EXPECT_TRUE(identical(image, expected));
    EXPECT_TRUE(identical(with_channels(image, 1), pixels(entry, "grey", 1)));
    EXPECT_EQ(image_size(std::as_bytes(std::span(file)), "a"),
              (ImageSize{image.shape()[0], image.shape()[1]}));
  }
  EXPECT_GE(entries().size(), 30u);
}

TEST(Pictures, TruncatedFilesAreErrorsAtEveryLength) {
  for (const Json& entry : entries()) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const std::string file = from_hex(entry["file"].get<std::string>());
    // Up to where the last pixel is: WEBP may end in EXIF, GIF in a mark of its end, films in more frames.
    const std::string name = entry["name"].get<std::string>();
    const bool has_more = name.starts_with("gif") || name.ends_with("film") || name.ends_with("turned");
    const size_t end = has_more ? file.size() / 4 : file.size() - 4;
    for (size_t length = 13; length < end; ++length) {
      SCOPED_TRACE(length);
      EXPECT_THAT(picture_failure(file.substr(0, length)), HasSubstr("damaged or truncated"));
    }
  }
}

TEST(Pictures, FlippedBitsNeverCrash) {
  const uint64_t seed = 16;
  SCOPED_TRACE(seed);
  Random random(seed);
  std::map<bool, int> outcomes;
  for (int round = 0; round < 6000; ++round) {
    std::string file =
        from_hex(entries()[static_cast<size_t>(round) % entries().size()]["file"].get<std::string>());
    for (uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
      const uint64_t at =
          random.below(random.below(2) == 0 ? std::min<size_t>(file.size(), 60) : file.size());
      file[at] = static_cast<char>(file[at] ^ (1 << random.below(8)));
    }
    if (random.below(4) == 0) file.resize(random.below(file.size()));
    try {
      decode_picture(file);
      ++outcomes[true];
    } catch (const InputError&) {
      ++outcomes[false];
    }
  }
  EXPECT_GT(outcomes[true], 0);
  EXPECT_GT(outcomes[false], 0);
}

TEST(Pictures, BombsAreRefusedBeforeMemoryIsTaken) {
  const std::string gif = file_of("gif");
  EXPECT_THAT(picture_failure(with_number(gif, 6, 0xFFFFFFFF, 4)), HasSubstr("decompression bomb"));
  EXPECT_THAT(picture_failure(with_number(gif, 6, 0x03FF03FF, 4)), HasSubstr("too few bytes for its size"));
  const std::string bmp = file_of("bmp_24");
  EXPECT_THAT(picture_failure(with_number(bmp, 18, 0x7FFFFFFF, 4)), HasSubstr("decompression bomb"));
  EXPECT_THAT(picture_failure(with_number(bmp, 22, 0x80000000, 4)), HasSubstr("decompression bomb"));
  EXPECT_THAT(picture_failure(with_number(bmp, 18, 1000, 4)), HasSubstr("ends too early"));
  // Width and height of a lossless WEBP, 14 bits each from bit 8 on, less one.
  const std::string webp = with_number(file_of("webp_lossless"), 21, 0x0FFFFFFF, 4);
  EXPECT_THAT(picture_failure(webp), HasSubstr("decompression bomb"));
  // Whatever a user allows, not of some hundred bytes.
  EXPECT_THAT([&] { decode_picture(webp, int64_t{1} << 40); },
              testing::ThrowsMessage<InputError>(HasSubstr("16384x16384 pixels")));
}

TEST(Pictures, BmpKindsThatAreNotReadAreNamed) {
  const std::string bmp = file_of("bmp_8");
  EXPECT_THAT(picture_failure(with_number(bmp, 30, 1, 4)),
              HasSubstr("run-length coded BMP images are not read"));
  EXPECT_THAT(picture_failure(with_number(bmp, 30, 2, 4)), HasSubstr("run-length coded"));
  EXPECT_THAT(picture_failure(with_number(bmp, 30, 4, 4)), HasSubstr("BMP-wrapped JPEG or PNG"));
  EXPECT_THAT(picture_failure(with_number(bmp, 30, 9, 4)), HasSubstr("compression 9 of 8 bits"));
  EXPECT_THAT(picture_failure(with_number(bmp, 28, 7, 2)), HasSubstr("compression 0 of 7 bits"));
  EXPECT_THAT(picture_failure(with_number(bmp, 14, 13, 4)), HasSubstr("its header"));
  EXPECT_THAT(picture_failure(with_number(bmp, 18, 0, 4)), HasSubstr("its size"));
  EXPECT_THAT(picture_failure(with_number(file_of("bmp_16_masks"), 54, 0xA0, 4)),
              HasSubstr("its colour masks"));
}

TEST(Pictures, GifsWithoutAPictureAreErrors) {
  const std::string gif = file_of("gif");
  // The frame's left edge, behind the header, the colours and the frame's mark.
  const size_t frame = gif.find(std::string("\x2C\0\0\0\0", 5));
  ASSERT_NE(frame, std::string::npos);
  EXPECT_THAT(picture_failure(with_number(gif, frame + 1, 1, 2)), HasSubstr("does not lie within it"));
  EXPECT_THAT(picture_failure(gif.substr(0, frame) + ";"), HasSubstr("holds no picture"));
  EXPECT_THAT(picture_failure(with_number(gif, 10, 0, 1).erase(13, frame - 13)), HasSubstr("no colours"));
}

TEST(Pictures, AGifsFrameMayBeSmallerThanTheGif) {
  const std::string gif = file_of("gif");
  std::string larger = with_number(gif, 6, 9, 2);
  larger = with_number(larger, 11, 1, 1);  // the background's colour
  const size_t frame = larger.find(std::string("\x2C\0\0\0\0", 5));
  larger = with_number(larger, frame + 1, 2, 2);
  const Array image = decode_picture(larger);
  const Array inner = decode_picture(gif);
  ASSERT_EQ(image.shape(), (Shape{5, 9, 3}));
  for (int64_t y = 0; y < 5; ++y) {
    for (int64_t i = 0; i < 27; ++i) {
      const uint8_t background = static_cast<uint8_t>(gif[static_cast<size_t>(13 + 3 + i % 3)]);
      const uint8_t expected = i < 6 ? background : inner.data<uint8_t>()[21 * y + i - 6];
      EXPECT_EQ(image.data<uint8_t>()[27 * y + i], expected) << y << " " << i;
    }
  }
}

}  // namespace
}  // namespace nudge::data
