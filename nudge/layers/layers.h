// Every layer.
//
// A layer's class takes an Options struct whose members are Keras's arguments with Keras's defaults, and the
// function beside it calls a new one: x = conv2d(x, {.filters = 32, .kernel_size = 3}).  An empty name in the
// options is replaced by one made from the class; Layer::name() says which.
#pragma once

#include "nudge/layers/activation.h"
#include "nudge/layers/add.h"
#include "nudge/layers/alpha_dropout.h"
#include "nudge/layers/average_pooling2d.h"
#include "nudge/layers/batch_normalization.h"
#include "nudge/layers/concatenate.h"
#include "nudge/layers/conv2d.h"
#include "nudge/layers/dense.h"
#include "nudge/layers/depthwise_conv2d.h"
#include "nudge/layers/dropout.h"
#include "nudge/layers/flatten.h"
#include "nudge/layers/gaussian_dropout.h"
#include "nudge/layers/gaussian_noise.h"
#include "nudge/layers/global_average_pooling2d.h"
#include "nudge/layers/global_max_pooling2d.h"
#include "nudge/layers/leaky_relu.h"
#include "nudge/layers/max_pooling2d.h"
#include "nudge/layers/maximum.h"
#include "nudge/layers/multiply.h"
#include "nudge/layers/option_types.h"
#include "nudge/layers/register.h"
#include "nudge/layers/relu.h"
#include "nudge/layers/rescaling.h"
#include "nudge/layers/reshape.h"
#include "nudge/layers/softmax.h"
#include "nudge/layers/spatial_dropout.h"
#include "nudge/layers/stochastic_depth.h"
#include "nudge/layers/training_only.h"
#include "nudge/layers/up_sampling2d.h"
#include "nudge/layers/zero_padding2d.h"
