// The weights of TFMOT's wrappers as tf_keras keeps them in a `.keras` archive.
#pragma once

#include "nudge/graph/model.h"
#include "nudge/keras/h5_file.h"
#include "nudge/quantize/quantize_wrapper.h"

namespace nudge::keras {

// Whether a wrapper's group is in that layout: the wrapped layer has a group of its own within it.
bool has_tfmot_layout(const H5Group& group);

// "vars" holds the wrapped layer's trained weights, those among them that are quantized a second time, then
// the wrapper's own; "layer/vars" ends in the wrapped layer's moving averages.  Throws InputError naming
// file, layer and weight.
void read_tfmot_wrapper(quantize::QuantizeWrapper& wrapper, const H5Group& group);

// Ranges that are no longer where they start have been shown data, which TFMOT does not count: one update is
// noted for each.
void note_moved_ranges(Model& model);

}  // namespace nudge::keras
