// QUANTIZE and DEQUANTIZE, between float32 and codes of 8, 16 and 32 bits, and from float16.
#include <algorithm>
#include <cmath>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/evaluator/float16.h"
#include "nudge/tflite/evaluator/quantize_values.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

// One scale, or one for each index of a dimension, repeated for those before and behind it.
struct DimensionGrids {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  int64_t inner = 1;  // elements of one index

  size_t index(int64_t element) const { return static_cast<size_t>(element / inner) % scales.size(); }
};

DimensionGrids grids_of(const Preparation& op, const TfLiteTensor& tensor, const Shape& shape) {
  if (!tensor.quantization || tensor.quantization->scale.size() <= 1)
    return {{op.scale(tensor)}, {op.zero_point(tensor)}};
  const Quantization& quantization = *tensor.quantization;
  DimensionGrids grids{quantization.scale, {quantization.zero_point.begin(), quantization.zero_point.end()}};
  const size_t dimension = op.axis(quantization.dimension, shape.size());
  if (shape[dimension] != static_cast<int64_t>(grids.scales.size()))
    op.fail("its scales are not as many as its channels");
  for (size_t d = dimension + 1; d < shape.size(); ++d) grids.inner *= shape[d];
  return grids;
}

template <typename Out>
Kernel quantize_floats(const Preparation& op) {
  op.set_output_shape(op.input(0).shape);
  return [grids = grids_of(op, op.output(), op.input(0).shape), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const float* x = arrays[in].data<float>();
    Out* y = arrays[out].data<Out>();
    parallel_for(arrays[out].size(), kElementsATask, [&](int64_t begin, int64_t end) {
      if (grids.scales.size() == 1)
        return quantize_values(x + begin, end - begin, grids.scales[0], grids.zero_points[0], y + begin);
      for (int64_t i = begin; i < end; ++i) {
        const size_t g = grids.index(i);
        const double rounded = static_cast<double>(std::round(x[i] / grids.scales[g]));
        y[i] = saturate<Out>(int64_t{round_to_int32(rounded)} + grids.zero_points[g]);
      }
    });
  };
}

template <typename In, typename Out>
Kernel rescale(const Preparation& op) {
  const Multiplier factor = quantize_multiplier(static_cast<double>(op.scale(op.input(0))) /
                                                static_cast<double>(op.scale(op.output())));
  return mapped<In, Out>(
      op, [factor, zero_in = op.zero_point(op.input(0)), zero_out = op.zero_point(op.output())](In code) {
        const auto value = static_cast<int32_t>(int64_t{code} - zero_in);
        return saturate<Out>(int64_t{multiply(value, factor)} + zero_out);
      });
}

template <typename In>
Kernel rescale_from(const Preparation& op) {
  if (op.is(op.output(), TensorType::kInt32)) return rescale<In, int32_t>(op);
  return for_codes(op, op.output(), [&](auto code) { return rescale<In, decltype(code)>(op); });
}

template <typename In>
Kernel dequantize(const Preparation& op) {
  op.set_output_shape(op.input(0).shape);
  return [grids = grids_of(op, op.input(0), op.input(0).shape), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const In* x = arrays[in].data<In>();
    float* y = arrays[out].data<float>();
    parallel_for(arrays[out].size(), kElementsATask, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const size_t g = grids.index(i);
        y[i] = grids.scales[g] * static_cast<float>(int32_t{x[i]} - grids.zero_points[g]);
      }
    });
  };
}

// No Array holds float16, so the values are those of the file.
Kernel widen(const Preparation& op) {
  const TfLiteTensor& halves = op.input(0);
  if (!halves.is_constant()) op.unsupported("float16 values that the model computes are not computed here");
  op.set_output_shape(halves.shape);
  return [values = from_float16(halves.data), out = op.output_index()](Arrays& arrays) {
    std::copy(values.begin(), values.end(), arrays[out].data<float>());
  };
}

}  // namespace

Kernel prepare_quantize(const Preparation& op) {
  const TensorType in = op.input(0).type;
  const TensorType out = op.output().type;
  const bool to_int32 = out == TensorType::kInt32;
  if (in == TensorType::kFloat32 && !to_int32)
    return for_codes(op, op.output(), [&](auto code) { return quantize_floats<decltype(code)>(op); });
  if (in == TensorType::kInt32 && !to_int32) return rescale_from<int32_t>(op);
  if (in == TensorType::kInt16 || (!to_int32 && (in == TensorType::kInt8 || in == TensorType::kUInt8)))
    return for_codes(op, op.input(0), [&](auto code) { return rescale_from<decltype(code)>(op); });
  op.unsupported("from " + to_string(in) + " to " + to_string(out) + " is not computed here");
}

Kernel prepare_dequantize(const Preparation& op) {
  op.expect_type(op.output(), TensorType::kFloat32);
  if (op.is(op.input(0), TensorType::kFloat16)) return widen(op);
  return for_codes(op, op.input(0), [&](auto code) { return dequantize<decltype(code)>(op); });
}

}  // namespace nudge::tflite
