// Real photographs and files that trip decoders, which lie beside the project.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/data/describe.h"
#include "nudge/data/image.h"
#include "nudge/data/loader.h"

namespace nudge::data {
namespace {

const std::string kData = std::string(NUDGE_SOURCE_DIR) + "/../shared/data";

class Photos : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << "../shared/data is not there";
  }
};

double mean_difference(const Array& a, const Array& b) {
  EXPECT_EQ(a.shape(), b.shape());
  double sum = 0.0;
  for (int64_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    sum += std::abs(a.data<uint8_t>()[i] - b.data<uint8_t>()[i]);
  }
  return sum / static_cast<double>(a.size());
}

TEST_F(Photos, EveryOddImageIsReadOrRefusedForItsReason) {
  // An empty reason: it must be read.
  const std::map<std::string, std::string> reasons = {
      {"broken.png", "damaged"},
      {"broken_data_stream.png", "damaged"},
      {"decompression_bomb.gif", "bomb"},
      {"hopper.bmp", ""},
      {"hopper.gif", ""},
      {"hopper.jpg", ""},
      {"hopper.png", ""},
      {"hopper.webp", ""},
      {"hopper_gray.jpg", ""},
      {"hopper_orientation_3.jpg", ""},
      {"hopper_orientation_6.jpg", ""},
      {"hopper_orientation_8.jpg", ""},
      {"jpeg_ff00_header.jpg", ""},
      {"junk_jpeg_header.jpg", ""},
      {"pil123rgba.png", ""},
      {"pil_sample_cmyk.jpg", ""},
      {"png_decompression_dos.png", ""},
      {"truncated_app14.jpg", ""},
      {"truncated_exif_dpi.jpg", ""},
      {"truncated_jpeg.jpg", "damaged"},
  };
  for (const auto& entry : std::filesystem::directory_iterator(kData + "/odd_images")) {
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    ASSERT_TRUE(reasons.contains(name));
    const std::string& reason = reasons.at(name);
    testing::internal::CaptureStderr();
    std::string message;
    try {
      const Array image = read_image(entry.path().string());
      EXPECT_EQ(image.shape().at(2), 3);
    } catch (const InputError& error) {
      message = error.what();
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(message.empty(), reason.empty()) << message;
    EXPECT_THAT(message, testing::HasSubstr(reason));
  }
}

TEST_F(Photos, TurnedPicturesComeOutUpright) {
  const Array upright = read_image(kData + "/odd_images/hopper.jpg");
  for (const char* orientation : {"3", "6", "8"}) {
    SCOPED_TRACE(orientation);
    const Array turned = read_image(kData + "/odd_images/hopper_orientation_" + orientation + ".jpg");
    EXPECT_LT(mean_difference(turned, upright), 12.0);
  }
}

TEST_F(Photos, FlowerPhotosAreASource) {
  const auto source = open_source(kData + "/flower_photos_small");
  const Description description = describe(*source);
  EXPECT_EQ(description.count, 400);
  ASSERT_EQ(description.classes.size(), 5u);
  EXPECT_EQ(description.classes[0].name, "daisy");
  for (const ClassCount& count : description.classes) {
    EXPECT_EQ(count.train + count.validation + count.test, 80);
    EXPECT_GT(count.test, 0);
    EXPECT_GT(count.validation, 0);
  }
  LoaderOptions options;
  options.size = {96, 96};
  Loader loader(source, options);
  int64_t items = 0;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) items += loader.next().rows();
  EXPECT_EQ(items, loader.size());
}

TEST_F(Photos, SignDigitsAreASource) {
  const auto source = open_source(kData + "/sign_digits");
  EXPECT_EQ(source->class_count(), 10);
  EXPECT_EQ(source->size(), 2062);
  const Array image = source->load(0, {64, 64});
  EXPECT_EQ(image.shape(), (Shape{64, 64, 3}));
}

}  // namespace
}  // namespace nudge::data
