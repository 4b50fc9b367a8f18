// The --head flag: dense layers in place of everything behind a model's pooling.
#pragma once

#include <string>

#include "nudge/train/classifier_head.h"

namespace nudge::cli {

// "dense", or with hidden layers "dense:100,relu,50": units, each with an activation behind it or relu.
// Wrong usage otherwise.
train::HeadOptions head_from(const std::string& text, int64_t classes);

// "head: dense (100, relu), dense_1 (5, softmax) in place of fc1, fc2": one line for the person at the
// terminal.
std::string describe(const train::HeadReplacement& head);

}  // namespace nudge::cli
