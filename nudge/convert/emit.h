// From a run of operations to operators: one function a family of primitives.
#pragma once

#include "nudge/convert/emitter.h"
#include "nudge/convert/run.h"

namespace nudge::convert {

// Each emits the run, whose head is that primitive, and calls emitter.finish() for its output.
void emit(Emitter& emitter, const Run& run, const ops::Conv2D& conv);
void emit(Emitter& emitter, const Run& run, const ops::DepthwiseConv2D& conv);
void emit(Emitter& emitter, const Run& run, const ops::ConvTranspose2D& conv);
void emit(Emitter& emitter, const Run& run, const ops::Conv3D& conv);
void emit(Emitter& emitter, const Run& run, const ops::ConvTranspose3D& conv);
void emit(Emitter& emitter, const Run& run, const ops::MatMul& product);
void emit(Emitter& emitter, const Run& run, const ops::BatchMatMul& product);
void emit(Emitter& emitter, const Run& run, const ops::Normalize& normalize);  // that no product takes in
void emit(Emitter& emitter, const Run& run, const ops::Rescale& rescale);
void emit(Emitter& emitter, const Run& run, const ops::Activate& activate);
void emit(Emitter& emitter, const Run& run, const ops::Pool& pool);
void emit(Emitter& emitter, const Run& run, const ops::Reduce& reduce);
void emit(Emitter& emitter, const Run& run, const ops::Combine& combine);
void emit(Emitter& emitter, const Run& run, const ops::Concatenate& concatenate);
void emit(Emitter& emitter, const Run& run, const ops::Pad& pad);
void emit(Emitter& emitter, const Run& run, const ops::Resize& resize);
void emit(Emitter& emitter, const Run& run, const ops::Reshape& reshape);
void emit(Emitter& emitter, const Run& run, const ops::Transpose& transpose);
void emit(Emitter& emitter, const Run& run, const ops::Slice& slice);
void emit(Emitter& emitter, const Run& run, const ops::Gather& gather);
void emit(Emitter& emitter, const Run& run, const ops::Constant& constant);
void emit(Emitter& emitter, const Run& run, const ops::Dropout& dropout);
void emit(Emitter& emitter, const Run& run, const ops::GaussianNoise& noise);
void emit(Emitter& emitter, const Run& run, const ops::Distort& distort);
void emit(Emitter& emitter, const Run& run, const ops::Identity& identity);
void emit(Emitter& emitter, const Run& run, const ops::Quantize& quantize);  // behind another

// Applies a function that is not fused to the TFLite tensor `index`; returns the result, which is 8-bit when
// `index` is and TFLite's kernel can give `target`, the grid of the result where training chose one.  Throws
// UnsupportedError, starting with `where`, for a function that TFLite cannot express.
int32_t emit_activation(Emitter& emitter, const ops::Activation& activation, int32_t index,
                        const std::string& name, const std::optional<tflite::Quantization>& target,
                        const std::string& where);

// Whether a mean becomes AVERAGE_POOL_2D, which leaves its result on the grid of its input.
bool becomes_average_pool(const Emitter& emitter, const Run& run);

}  // namespace nudge::convert
