// One output channel of an integer product, on a scale with which every runtime computes the same codes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nudge/convert/code_grid.h"

namespace nudge::convert {

// The largest bias that leaves the accumulator room: 2^30, and as much again for the products.
constexpr double kLargestBias = 1073741824.0;

// What training left: real weights are `scale` times `codes`, which are whole numbers where training computed
// with them so.
struct TrainedChannel {
  std::span<const float> codes;
  double scale = 1;
  double offset = 0;       // added to the product, real
  double least_scale = 0;  // that the file can hold, see fold.cc
  int lowest_code = -127;  // that the product uses
  int highest_code = 127;
};

struct IntegerChannel {
  std::vector<int8_t> codes;
  float scale = 1;
  int32_t bias = 0;  // in units of input scale * scale
  // Proven: all arithmetics make the same code of every sum that the channel can have, and none overflows.
  bool portable = false;
};

// The codes and the bias rounded to `scale`.
IntegerChannel rounded_channel(const TrainedChannel& trained, float scale, float input_scale);

// Of the scales that same_codes() proves, the one at which the values move the least: the weights, each times
// a typical input, and the bias.  No weight is cut.  Scales are finer than training's where the weights leave
// room, else up to 3 times as coarse (a factor m = input * scale / output between 1/6 and 1/2 has to become
// 1/2), in networks below 1% as a rule.  A channel whose codes are all of one size (an affine, a mean) may
// get another size, and hardly moves at all.  Where no scale can be proven (the factor is above 1 and the
// sums are so large that the reference kernels overflow) training's own is kept. Where all outputs are far
// outside the output's codes the bias is cut to where they still are.
IntegerChannel portable_channel(const TrainedChannel& trained, const CodeGrid& input, const CodeGrid& output);

}  // namespace nudge::convert
