// What MultiHeadAttention and GroupQueryAttention compute.
#pragma once

#include <string>
#include <vector>

#include "nudge/ops/expansion.h"

namespace nudge::layers {

struct AttentionHeads {
  int64_t query_heads = 1;
  int64_t heads = 1;  // of keys and values; query head i uses head i * heads / query_heads
  int64_t key_dim = 1;
  int64_t value_dim = 1;
  double dropout = 0.0;
  bool use_bias = true;
  std::string prefix = "";  // of the weights' names
};

// Of the inputs query, value and, where there is one, key, with the weights query_dense/kernel, ...,
// output_dense/bias behind their prefix.
ops::ValueId attend(ops::Expansion& call, const AttentionHeads& heads);

// The query's shape.  Throws ShapeError unless the inputs are two or three sequences.
const Shape& attention_query(const std::string& where, const std::vector<Shape>& inputs);

}  // namespace nudge::layers
