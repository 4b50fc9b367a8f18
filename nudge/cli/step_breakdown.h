// Where the time of a training step goes, block by block, against what the machine could do at best.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/kernels/cpu/machine_peaks.h"
#include "nudge/plan/plan.h"

namespace nudge::cli {

// One step of the plan in one training step; everything for the whole batch.
struct StepCost {
  std::string name;
  std::string kind;
  double forward_seconds = 0;
  double backward_seconds = 0;
  double flops = 0;  // forward and backward
  double bytes = 0;
  double floor_seconds = 0;  // the least that these take at the peaks

  double seconds() const { return forward_seconds + backward_seconds; }
  // 1 is as fast as the machine; 0 for a step that took no time.
  double of_floor() const { return seconds() > 0 ? floor_seconds / seconds() : 0; }
};

// From descriptions whose timings are sums over `steps` training steps.  `quantized`: the forward products of
// blocks are on codes, and run at the integers' peak where there is one.  `bf16`: their other products are in
// bfloat16, and run at its peak where there is one.
std::vector<StepCost> step_costs(const std::vector<plan::StepDescription>& descriptions, int64_t batch,
                                 int steps, bool quantized, bool bf16, const kernels::MachinePeaks& peaks);

Json to_json(const kernels::MachinePeaks& peaks);
Json to_json(const std::vector<StepCost>& costs);

// The costliest first, with their sum and what the step spends outside of them; `seconds` is the whole step.
std::string breakdown_table(std::vector<StepCost> costs, double seconds, const kernels::MachinePeaks& peaks);

}  // namespace nudge::cli
