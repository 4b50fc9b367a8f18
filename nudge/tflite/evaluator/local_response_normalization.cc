// LOCAL_RESPONSE_NORMALIZATION: each value by a power of the squares of its neighbours' channels.
#include <algorithm>
#include <cmath>

#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite {

Kernel prepare_local_response_normalization(const Preparation& op) {
  const auto options = op.options<TfLiteLocalResponseNormalizationOptions>();
  op.expect_type(op.input(0), TensorType::kFloat32);
  op.expect_type(op.output(), TensorType::kFloat32);
  op.expect_rank(op.input(0), 4);
  const Shape shape = op.input(0).shape;
  if (options.radius < 0) op.fail("its radius is negative");
  op.set_output_shape(shape);
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const int64_t channels = shape.back(), radius = options.radius;
    const float* x = arrays[in].data<float>();
    float* y = arrays[out].data<float>();
    for (int64_t row = 0; row < shape[0] * shape[1] * shape[2]; ++row, x += channels, y += channels) {
      for (int64_t c = 0; c < channels; ++c) {
        float squares = 0;
        // The reference kernel leaves the last neighbour out.
        for (int64_t k = std::max<int64_t>(0, c - radius); k < std::min(channels, c + radius); ++k)
          squares += x[k] * x[k];
        y[c] = x[c] * std::pow(options.bias + options.alpha * squares, -options.beta);
      }
    }
  };
}

}  // namespace nudge::tflite
