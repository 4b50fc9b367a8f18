// What an operator must fulfil to be mapped to the Edge TPU, beyond 8-bit values of at most three dimensions.
#pragma once

#include <string>

#include "nudge/edgetpu/operator_view.h"

namespace nudge::edgetpu {

// "" when fulfilled, else why not, in words that end a sentence: "its dilation is 2 x 4, where ...".
using Condition = std::string (*)(const OperatorView&);

// Sizes of windows, activation functions, options.
std::string equal_dilations(const OperatorView& op);
std::string no_fused_activation(const OperatorView& op);
std::string plain_weights(const OperatorView& op);
std::string one_row(const OperatorView& op);
std::string not_huge_dense(const OperatorView& op);
std::string unit_strides(const OperatorView& op);
std::string small_softmax(const OperatorView& op);
std::string alpha_by_channel(const OperatorView& op);
std::string resized_a_little(const OperatorView& op);

// Parameters must be known when the model is compiled.
std::string constant_weights(const OperatorView& op);
std::string constant_parameters(const OperatorView& op);
std::string zeros_if_constant(const OperatorView& op);

// The first dimension is the batch, which stays alone.
std::string axes_beside_batch(const OperatorView& op);
std::string axis_beside_batch(const OperatorView& op);
std::string split_beside_batch(const OperatorView& op);
std::string pad_beside_batch(const OperatorView& op);
std::string permutation_beside_batch(const OperatorView& op);
std::string tile_beside_batch(const OperatorView& op);

std::string channel_mean_by_fours(const OperatorView& op);
std::string small_mean(const OperatorView& op);

}  // namespace nudge::edgetpu
