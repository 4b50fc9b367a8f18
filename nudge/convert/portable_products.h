// Random products for the tests of portable scales: single convolutions, dense layers, means and affines
// whose channels' factors (input * weight / output scale) spread over all that a file can hold.
#pragma once

#include <cstdint>
#include <string>

namespace nudge::convert {

struct ProductAgreement {
  std::string kind;
  int64_t values = 0;
  int64_t codes = 0;      // that occur
  int64_t different = 0;  // in LiteRT's default kernels or in the evaluator, from LiteRT's reference kernels
};

// Converts one such model and runs it on inputs of many sizes.  `portable` as in ConvertOptions.
ProductAgreement product_agreement(uint64_t seed, bool portable);

}  // namespace nudge::convert
