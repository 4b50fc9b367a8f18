// What quantization needs to know about a layer's class: which layers move values, share scales or fuse.
#pragma once

#include "nudge/graph/layer.h"
#include "nudge/layers/activation_function.h"

namespace nudge::quantize {

// Every output value is one of the input's values (or real zero, which every grid holds), so the output is on
// the input's grid: MaxPooling2D, GlobalMaxPooling2D, Flatten, Reshape, ZeroPadding2D, Dropout,
// UpSampling2D (nearest), Activation (linear).
bool moves_values(const Layer& layer);

// .tflite wants its inputs and its output on one scale although values are computed: AveragePooling2D,
// UpSampling2D (bilinear), Concatenate, Maximum.
bool keeps_scale(const Layer& layer);

// The activation function inside Conv2D, DepthwiseConv2D or Dense, or that an Activation or Softmax layer is;
// linear for any other.
layers::ActivationFunction activation_of(const Layer& layer);

bool is_convolution(const Layer& layer);          // Conv2D, DepthwiseConv2D
bool is_product(const Layer& layer);              // a convolution or Dense
bool is_batch_normalization(const Layer& layer);  // BatchNormalization

// A layer that is relu or relu6 and nothing else, which .tflite fuses into the operator before it.
bool is_fusable_relu(const Layer& layer);
// What TFMOT's patterns take for a ReLU: any ReLU layer, whatever its slope and ceiling, or Activation
// "relu".
bool is_tfmot_relu(const Layer& layer);

}  // namespace nudge::quantize
