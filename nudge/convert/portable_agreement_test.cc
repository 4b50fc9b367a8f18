// Random single products in LiteRT's default kernels (XNNPACK), its reference kernels and the evaluator.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "nudge/convert/portable_products.h"
#include "nudge/tflite/litert.h"

namespace nudge::convert {
namespace {

constexpr uint64_t kAgreementSeed = 20261127;
constexpr int kProducts = 60;

TEST(PortableAgreement, NoValueOfAProductDiffers) {
  if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed";
  std::map<std::string, int64_t> values;
  for (uint64_t seed = kAgreementSeed; seed < kAgreementSeed + kProducts; ++seed) {
    const ProductAgreement agreement = product_agreement(seed, true);
    EXPECT_EQ(agreement.different, 0) << agreement.kind << " of seed " << seed << ", of " << agreement.values;
    values[agreement.kind] += agreement.codes;
  }
  EXPECT_EQ(values.size(), 5) << "kinds";
  for (const auto& [kind, codes] : values) EXPECT_GT(codes, 100) << kind << ": the values hardly vary";
}

// What portable scales are for: the same products on the scales of training.
TEST(PortableAgreement, ValuesDifferOnTheScalesOfTraining) {
  if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed";
  int products = 0;
  for (uint64_t seed = kAgreementSeed; seed < kAgreementSeed + kProducts; ++seed) {
    products += product_agreement(seed, false).different > 0 ? 1 : 0;
  }
  EXPECT_GT(products, kProducts / 2);
}

}  // namespace
}  // namespace nudge::convert
