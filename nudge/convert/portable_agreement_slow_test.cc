// Hundreds of random single products in LiteRT's default kernels, its reference kernels and the evaluator.
#include <gtest/gtest.h>

#include "nudge/convert/portable_products.h"
#include "nudge/tflite/litert.h"

namespace nudge::convert {
namespace {

TEST(PortableAgreementSlow, NoValueOfAProductDiffers) {
  if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed";
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    const ProductAgreement agreement = product_agreement(seed, true);
    EXPECT_EQ(agreement.different, 0) << agreement.kind << " of seed " << seed << ", of " << agreement.values;
  }
}

}  // namespace
}  // namespace nudge::convert
