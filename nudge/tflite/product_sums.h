// What the accumulators of a file's int8 products can hold.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// The least and the greatest sum that a channel can have whatever its input, bias included.
struct ChannelSums {
  int64_t least = 0;
  int64_t most = 0;

  void add_product(int64_t lowest_input, int64_t highest_input, int64_t weight);
  bool fit_int32() const { return least >= INT32_MIN && most <= INT32_MAX; }
};

// Of a convolution or FULLY_CONNECTED with int8 input and constant int8 weights.  `input`, `weights` and
// `output` are tensors of its graph.
struct ProductSums {
  int32_t input = -1;
  int32_t weights = -1;
  int32_t output = -1;
  int64_t terms = 0;  // of each sum
  std::vector<ChannelSums> channels;
};
std::vector<ProductSums> product_sums(const SubGraph& graph);

}  // namespace nudge::tflite
