// From a run of layers to operators: one function a family of layers.
#pragma once

#include "nudge/convert/emitter.h"
#include "nudge/convert/run.h"

namespace nudge::convert {

// Each emits the run and calls emitter.finish() for its output.
void emit_convolution(Emitter& emitter, const Run& run);  // Conv2D, DepthwiseConv2D
void emit_dense(Emitter& emitter, const Run& run);
void emit_affine(Emitter& emitter, const Run& run);   // BatchNormalization alone, Rescaling
void emit_pooling(Emitter& emitter, const Run& run);  // Max/AveragePooling2D
void emit_global_average_pooling(Emitter& emitter, const Run& run);
void emit_global_max_pooling(Emitter& emitter, const Run& run);
void emit_add(Emitter& emitter, const Run& run);
void emit_multiply(Emitter& emitter, const Run& run);
void emit_maximum(Emitter& emitter, const Run& run);
void emit_concatenate(Emitter& emitter, const Run& run);
void emit_padding(Emitter& emitter, const Run& run);
void emit_reshape(Emitter& emitter, const Run& run);   // Reshape, Flatten
void emit_resize(Emitter& emitter, const Run& run);    // UpSampling2D
void emit_identity(Emitter& emitter, const Run& run);  // Dropout, QuantizeLayer
void emit_activation_layer(Emitter& emitter, const Run& run);

// Applies a function that is not fused to the TFLite tensor `index`; returns the result, which is 8-bit when
// `index` is and TFLite's kernel can give `target`, the grid of the result where training chose one.
int32_t emit_activation(Emitter& emitter, const ActivationSpec& spec, int32_t index, const std::string& name,
                        const std::optional<tflite::Quantization>& target);

// The run's name in the file: its last layer's, without quantization's prefix.
std::string run_name(const Run& run);

using EmitFunction = void (*)(Emitter&, const Run&);
// By the class of the run's head; throws UnsupportedError naming the layer when there is none.
EmitFunction emission_of(const Layer& layer);

}  // namespace nudge::convert
