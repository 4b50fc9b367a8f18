// How much of what quantizers are shown lies at the ends of their ranges.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nudge/data/batch_stream.h"
#include "nudge/plan/plan.h"
#include "nudge/train/figures.h"

namespace nudge::train {

// Of each range of activations, by its name: the share of values at its highest code, and where it reaches
// below zero at its lowest, in inference of the first items of the next batch.  A range much too narrow has a
// large share; an activation that is clipped by itself, such as ReLU6, has one too.  A range within a layer,
// or of one that is computed with what follows it, is not among them.
std::map<std::string, double> saturation(plan::Plan& plan, const Model& model, data::BatchStream& data);

// All that is known of the ranges of activations, in their order.
std::vector<RangeFigure> range_figures(const quantize::Ranges& ranges,
                                       const std::map<std::string, double>& saturation);

}  // namespace nudge::train
