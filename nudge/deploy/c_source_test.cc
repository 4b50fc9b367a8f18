#include "nudge/deploy/c_source.h"

#include <gtest/gtest.h>

#include <vector>

namespace nudge::deploy {
namespace {

TEST(CSource, ANameBecomesAnIdentifier) {
  EXPECT_EQ(identifier_of("models/mobilenet_v2-0.35.tflite"), "mobilenet_v2_0_35");
  EXPECT_EQ(identifier_of("2.tflite"), "model_2");
  EXPECT_EQ(identifier_of("__a--b__.tflite"), "a_b");
  EXPECT_EQ(identifier_of("\xc3\xa9.tflite"), "model");
}

TEST(CSource, BytesAreRowsOfTwelve) {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 14; ++i) bytes.push_back(static_cast<std::byte>(i * 19));
  EXPECT_EQ(byte_array("name", bytes),
            "alignas(16) const unsigned char name[] = {\n"
            "  0x00, 0x13, 0x26, 0x39, 0x4c, 0x5f, 0x72, 0x85, 0x98, 0xab, 0xbe, 0xd1,\n"
            "  0xe4, 0xf7,\n"
            "};\n");
}

}  // namespace
}  // namespace nudge::deploy
