// Finds the runs of operations that one fused block computes.
#pragma once

#include <vector>

#include "nudge/plan/lowering.h"
#include "nudge/plan/uses.h"

namespace nudge::plan {

// [ZeroPadding2D] -> Conv2D | DepthwiseConv2D | Dense -> [BatchNormalization] -> [activation] -> [quantizer],
// each with the next as its only consumer.  Indices into Program::operations; -1 where a part is missing.
struct BlockRun {
  int padding = -1;
  int weight_quantizer = -1;
  int product = -1;
  int batch_norm = -1;
  int activation = -1;
  int output_quantizer = -1;

  int last() const;
};

std::vector<BlockRun> find_block_runs(const Program& program, const Uses& uses);

}  // namespace nudge::plan
