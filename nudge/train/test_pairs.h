// Pairs of pictures: which of the two is brighter, and how bright they are together.
#pragma once

#include "nudge/base/array.h"
#include "nudge/base/random.h"

namespace nudge::train {

struct Pairs {
  Array left, right;  // (items, 4, 4, 1)
  Array sum;          // (items)
  Array brighter;     // int32 (items): 0 left, 1 right
};

inline Pairs random_pairs(int64_t items, uint64_t seed) {
  Random random(seed);
  Pairs pairs{Array({items, 4, 4, 1}), Array({items, 4, 4, 1}), Array({items}),
              Array({items}, DataType::kInt32)};
  for (int64_t item = 0; item < items; ++item) {
    const double a = random.uniform(), b = random.uniform();
    for (int64_t i = 0; i < 16; ++i) {
      pairs.left.data<float>()[16 * item + i] = static_cast<float>(a);
      pairs.right.data<float>()[16 * item + i] = static_cast<float>(b);
    }
    pairs.sum.data<float>()[item] = static_cast<float>(a + b);
    pairs.brighter.data<int32_t>()[item] = a > b ? 0 : 1;
  }
  return pairs;
}

}  // namespace nudge::train
