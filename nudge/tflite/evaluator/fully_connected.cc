// FULLY_CONNECTED.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/dynamic_range.h"
#include "nudge/tflite/evaluator/tiled_product.h"
#include "nudge/tflite/evaluator/wide_output.h"

namespace nudge::tflite {

namespace {

struct FullyConnectedGeometry {
  int64_t rows = 0;
  int64_t depth = 0;
  int64_t units = 0;
};

FullyConnectedGeometry make_geometry(const Preparation& op, const TfLiteFullyConnectedOptions& options) {
  const TfLiteTensor& input = op.input(0);
  const TfLiteTensor& weights = op.input(1);
  op.expect_rank(weights, 2);
  if (!weights.is_constant()) op.unsupported("weights computed by the model");
  if (options.weights_format != 0) op.unsupported("shuffled weights are not computed here");
  const FullyConnectedGeometry g{weights.shape[1] < 1 ? 0 : element_count(input.shape) / weights.shape[1],
                                 weights.shape[1], weights.shape[0]};
  const bool whole_rows = !options.keep_num_dims || (!input.shape.empty() && input.shape.back() == g.depth);
  if (g.rows * g.depth != element_count(input.shape) || !whole_rows) {
    op.fail(
        fmt::format("input {} does not fit weights {}", to_string(input.shape), to_string(weights.shape)));
  }
  Shape shape{g.rows, g.units};
  if (options.keep_num_dims) {
    shape = input.shape;
    shape.back() = g.units;
  }
  op.set_output_shape(std::move(shape));
  return g;
}

template <typename Code>
Kernel prepare_bytes(const Preparation& op, const FullyConnectedGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  op.expect_type(weights, op.input(0).type);
  // Unlike convolutions, the reference kernel multiplies by a double.
  std::vector<double> factors;
  for (const float scale : op.channel_scales(weights, 0, g.units)) {
    factors.push_back(static_cast<double>(op.scale(op.input(0))) * static_cast<double>(scale) /
                      static_cast<double>(op.scale(op.output())));
  }
  const auto packed =
      std::make_shared<const PackedWeights>(pack_weights(op, weights, weights.data.data(), g.units, g.depth));
  return [g, factors, packed, bias = integer_bias(op, 2, g.units), zero_in = op.zero_point(op.input(0)),
          zero_out = op.zero_point(op.output()), range = op.code_range(activation, op.output()),
          in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const Code* input = arrays[in].data<Code>();
    Code* codes = arrays[out].data<Code>();
    tiled_product<int16_t, int32_t>(
        g.rows, *packed,
        [&](int64_t row, int16_t* to) {
          for (int64_t i = 0; i < g.depth; ++i)
            to[i] = static_cast<int16_t>(input[row * g.depth + i] - zero_in);
        },
        [&](int64_t row, int64_t first, int64_t count, const int32_t* sums) {
          for (int64_t i = 0; i < count; ++i) {
            const auto unit = static_cast<size_t>(first + i);
            const int32_t sum = wrapping_sum(sums[i], bias[unit]);
            const int64_t code = int64_t{round_to_int32(sum * factors[unit])} + zero_out;
            codes[row * g.units + first + i] =
                static_cast<Code>(std::clamp<int64_t>(code, range.low, range.high));
          }
        });
  };
}

Kernel prepare_wide(const Preparation& op, const FullyConnectedGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  const WideOutput output = wide_output(op, op.input(0), weights, 0, 2, g.units, activation);
  std::vector<double> factors;
  for (const float scale : op.channel_scales(weights, 0, g.units)) {
    factors.push_back(static_cast<double>(op.scale(op.input(0))) * static_cast<double>(scale) /
                      static_cast<double>(op.scale(op.output())));
  }
  const auto packed =
      std::make_shared<const BlockWeights<int8_t>>(pack_wide(op, weights.data.data(), g.units, g.depth));
  return [g, output, factors, packed, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const int16_t* input = arrays[in].data<int16_t>();
    int16_t* codes = arrays[out].data<int16_t>();
    tiled_product<int16_t, int64_t>(
        g.rows, *packed, [&](int64_t row, int16_t* to) { std::copy_n(input + row * g.depth, g.depth, to); },
        [&](int64_t row, int64_t first, int64_t count, const int64_t* sums) {
          for (int64_t i = 0; i < count; ++i) {
            const int64_t unit = first + i;
            const double real =
                static_cast<double>(output.sum(sums[i], unit)) * factors[static_cast<size_t>(unit)];
            codes[row * g.units + unit] =
                static_cast<int16_t>(std::clamp(round_to_int32(real), output.range.low, output.range.high));
          }
        });
  };
}

// Float activations and int8 weights: each row is quantized anew.
Kernel prepare_dynamic(const Preparation& op, const FullyConnectedGeometry& g,
                       const TfLiteFullyConnectedOptions& options) {
  const TfLiteTensor& weights = op.input(1);
  std::vector<float> scales = op.channel_scales(weights, 0, g.units);
  const bool per_channel = weights.quantization->scale.size() > 1;
  const float common = per_channel ? 1.0F : scales.empty() ? 1.0F : scales[0];
  if (!per_channel) std::fill(scales.begin(), scales.end(), 1.0F);
  const auto packed =
      std::make_shared<const PackedWeights>(pack_weights(op, weights, weights.data.data(), g.units, g.depth));
  return [=, asymmetric = options.asymmetric_quantize_inputs, bias = float_bias(op, 2, g.units),
          range = op.real_range(options.activation), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const float* input = arrays[in].data<float>();
    float* values = arrays[out].data<float>();
    std::vector<int8_t> codes(static_cast<size_t>(g.rows * g.depth));
    std::vector<RunGrid> grids;
    for (int64_t row = 0; row < g.rows; ++row) {
      const float* from = input + row * g.depth;
      int8_t* to = codes.data() + row * g.depth;
      grids.push_back(asymmetric ? quantize_asymmetric(from, g.depth, to)
                                 : quantize_symmetric(from, g.depth, to));
    }
    tiled_product<int16_t, int32_t>(
        g.rows, *packed,
        [&](int64_t row, int16_t* to) {
          const int32_t zero = grids[static_cast<size_t>(row)].zero_point;
          for (int64_t i = 0; i < g.depth; ++i)
            to[i] = static_cast<int16_t>(codes[static_cast<size_t>(row * g.depth + i)] - zero);
        },
        [&](int64_t row, int64_t first, int64_t count, const int32_t* sums) {
          const float scale = common * grids[static_cast<size_t>(row)].scale;
          for (int64_t i = 0; i < count; ++i) {
            const auto unit = static_cast<size_t>(first + i);
            const float real = bias[unit] + static_cast<float>(sums[i]) * (scale * scales[unit]);
            values[row * g.units + first + i] = std::clamp(real, range.low, range.high);
          }
        });
  };
}

Kernel prepare_float(const Preparation& op, const FullyConnectedGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  op.expect_type(weights, TensorType::kFloat32);
  const auto packed =
      std::make_shared<const FloatWeights>(pack_floats(op, weights.data.data(), g.units, g.depth));
  return [g, packed, bias = float_bias(op, 2, g.units), range = op.real_range(activation),
          in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const float* input = arrays[in].data<float>();
    float* values = arrays[out].data<float>();
    tiled_product<float, float>(
        g.rows, *packed, [&](int64_t row, float* to) { std::copy_n(input + row * g.depth, g.depth, to); },
        [&](int64_t row, int64_t first, int64_t count, const float* sums) {
          for (int64_t i = 0; i < count; ++i) {
            values[row * g.units + first + i] =
                std::clamp(sums[i] + bias[static_cast<size_t>(first + i)], range.low, range.high);
          }
        });
  };
}

}  // namespace

Kernel prepare_fully_connected(const Preparation& op) {
  const auto& options = op.options<TfLiteFullyConnectedOptions>();
  const FullyConnectedGeometry geometry = make_geometry(op, options);
  if (!op.is_integer_operator()) {
    return op.is(op.input(1), TensorType::kInt8) ? prepare_dynamic(op, geometry, options)
                                                 : prepare_float(op, geometry, options.activation);
  }
  if (op.is(op.output(), TensorType::kInt16)) return prepare_wide(op, geometry, options.activation);
  return for_bytes(op, op.output(), [&](auto code) {
    return prepare_bytes<decltype(code)>(op, geometry, options.activation);
  });
}

}  // namespace nudge::tflite
