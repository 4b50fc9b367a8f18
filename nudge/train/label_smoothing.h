// Label smoothing: a part of what the labels say, spread over all classes.
#pragma once

#include <span>

namespace nudge::train {

// Throws ValueError unless it is within 0 and 1.
double checked_smoothing(double smoothing);
// Over the classes of a row.
void smooth_classes(std::span<double> target, double smoothing);
// Between yes and no, of each output by itself.
void smooth_answers(std::span<double> target, double smoothing);

}  // namespace nudge::train
