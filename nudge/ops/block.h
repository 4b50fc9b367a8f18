// Which operations belong together: what one kernel of a step, or one operator of a file, computes.
#pragma once

#include <vector>

#include "nudge/ops/program.h"
#include "nudge/ops/uses.h"

namespace nudge::ops {

// [Pad] -> head -> [Reshape] -> [Normalize] -> [ReLU] -> [Quantize], each with the next as its only reader; a
// Reshape, behind a product, keeps the channels (an image of one row becomes a sequence).  Indices into
// Program::operations; -1 where a part is missing.  Pad and Normalize stand around products only, a ReLU
// behind what computes sums: products, Combine (add), Normalize and Rescale.
struct Block {
  int pad = -1;
  int weight_quantizer = -1;  // of a product's kernel; other products may share it
  int head = -1;
  int reshape = -1;  // with something behind it
  int normalize = -1;
  int activation = -1;
  int quantizer = -1;

  // What stands last, with the quantizer and without.
  int last() const;
  int last_computing() const;
  // Without a ReLU that the reader cannot compute in the block; its quantizer goes with it.
  Block without_activation() const;
};

// The block that starts from this operation.  A walk through the program in its order that skips what earlier
// blocks took (but Pad and weight quantizers, which stand before their heads) meets every operation once.
Block find_block(const Program& program, const Uses& uses, int head);

}  // namespace nudge::ops
