#include "nudge/base/record_frame.h"

#include <gtest/gtest.h>

namespace nudge {
namespace {

// TensorFlow's TFRecordWriter writes the record "nudge" so.
TEST(RecordFrame, IsThatOfTensorFlow) {
  EXPECT_EQ(framed_record("nudge"), std::string("\x05\0\0\0\0\0\0\0\xea\xb2\x04\x3e"
                                                "nudge\x3c\x1d\x0d\xcf",
                                                21));
}

TEST(RecordFrame, IsReadAgain) {
  const std::string framed = framed_record("some bytes");
  ASSERT_EQ(framed.size(), kRecordHead + 10 + kRecordTail);
  EXPECT_EQ(record_length(framed.substr(0, kRecordHead)), 10u);
  EXPECT_TRUE(record_is_sound(framed.substr(kRecordHead)));
  EXPECT_TRUE(record_is_sound(framed_record("").substr(kRecordHead)));
}

TEST(RecordFrame, EveryChangedBitIsFound) {
  const std::string framed = framed_record("some bytes");
  for (size_t bit = 0; bit < 8 * framed.size(); ++bit) {
    std::string damaged = framed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    if (bit / 8 < kRecordHead) {
      EXPECT_FALSE(record_length(damaged.substr(0, kRecordHead)).has_value()) << bit;
    } else {
      EXPECT_FALSE(record_is_sound(damaged.substr(kRecordHead))) << bit;
    }
  }
  EXPECT_FALSE(record_length(framed.substr(0, 11)).has_value());
  EXPECT_FALSE(record_is_sound("abc"));
}

}  // namespace
}  // namespace nudge
