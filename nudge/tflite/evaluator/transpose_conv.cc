// TRANSPOSE_CONV and CONV_3D_TRANSPOSE: output pixel = input pixel * stride - padding + tap.
#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/volume_windows.h"
#include "nudge/tflite/evaluator/wide_output.h"

namespace nudge::tflite {

namespace {

struct TransposeConvGeometry {
  // Of the convolution that this one reverses: its input is the output here.  An image has a depth of 1.
  VolumeWindows windows{};
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t out_channels = 0;

  int64_t taps() const { return windows.depth.kernel * windows.height.kernel * windows.width.kernel; }
};

// What input 0 says, for a result of this rank.
std::vector<int32_t> output_size(const Preparation& op, size_t rank) {
  op.expect_rank(op.input(2), rank);
  op.expect_rank(op.input(1), rank);
  std::vector<int32_t> size = op.constant_ints(0);
  if (size.size() != rank || *std::min_element(size.begin(), size.end()) < 1)
    op.fail("its output shape is none of its rank");
  return size;
}

void finish_geometry(const Preparation& op, const std::vector<int32_t>& size, int64_t weight_in,
                     TransposeConvGeometry& g) {
  const Shape& input = op.input(2).shape;
  g.batch = input[0];
  g.in_channels = input.back();
  Shape expected{g.batch, g.windows.depth.out, g.windows.height.out, g.windows.width.out, weight_in};
  if (size.size() == 4) expected.erase(expected.begin() + 1);
  if (size[0] != g.batch || size.back() != g.out_channels || input != expected) {
    op.fail(fmt::format("input {}, weights {} and output ({}) do not fit", to_string(input),
                        to_string(op.input(1).shape), fmt::join(size, ", ")));
  }
  op.set_output_shape(Shape(size.begin(), size.end()));
}

TransposeConvGeometry image_geometry(const Preparation& op, const TfLiteTransposeConvOptions& options) {
  const std::vector<int32_t> size = output_size(op, 4);
  const Shape& weights = op.input(1).shape;
  if (!op.input(1).is_constant()) op.unsupported("weights computed by the model");
  if (options.stride_h < 1 || options.stride_w < 1) op.fail("strides must be at least 1");
  TransposeConvGeometry g;
  g.out_channels = weights[0];
  g.windows.height = make_window(size[1], weights[1], options.stride_h, 1, options.padding);
  g.windows.width = make_window(size[2], weights[2], options.stride_w, 1, options.padding);
  finish_geometry(op, size, weights[3], g);
  return g;
}

TransposeConvGeometry volume_geometry(const Preparation& op, const TfLiteConv3dOptions& options) {
  const std::vector<int32_t> size = output_size(op, 5);
  const Shape& weights = op.input(1).shape;
  TransposeConvGeometry g;
  g.out_channels = weights[3];
  g.windows = volume_windows(op, options, {size[1], size[2], size[3]});
  finish_geometry(op, size, weights[4], g);
  return g;
}

// To (tap, in, out), so that the innermost loop runs along memory; from (out, tap, in), or (tap, out, in) of
// volumes.
template <typename T>
std::vector<T> reorder(const Preparation& op, const TransposeConvGeometry& g, const T* weights, bool volume) {
  if (op.only_checks()) return {};
  std::vector<T> result(static_cast<size_t>(g.taps() * g.in_channels * g.out_channels));
  const int64_t taps = g.taps(), in = g.in_channels, out = g.out_channels;
  for (int64_t tap = 0; tap < taps; ++tap) {
    for (int64_t o = 0; o < out; ++o) {
      const T* from = weights + (volume ? tap * out + o : o * taps + tap) * in;
      for (int64_t i = 0; i < in; ++i) result[static_cast<size_t>((tap * in + i) * out + o)] = from[i];
    }
  }
  return result;
}

// Which input a tap of an output position falls on; negative where on none.
int64_t source(const FilterWindow& window, int64_t at, int64_t tap) {
  const int64_t stepped = at + window.before - tap * window.dilation;
  if (stepped < 0 || stepped % window.stride != 0 || stepped / window.stride >= window.out) return -1;
  return stepped / window.stride;
}

// Calls store(pixel, sums) for each output pixel.  Taps run backwards, so that inputs add up as they lie: the
// reference kernel's order, which decides the last bit of a float.
template <typename Sum, typename Code, typename Wide, typename Store>
void convolve_transposed(const TransposeConvGeometry& g, const Code* input, const std::vector<Wide>& weights,
                         Sum zero_point, const Store& store) {
  const auto& [depth, height, width] = g.windows;
  const auto add_pixel = [&](int64_t pixel, int64_t tap, std::vector<Sum>& sums) {
    const Code* from = input + pixel * g.in_channels;
    const Wide* weight = weights.data() + tap * g.in_channels * g.out_channels;
    for (int64_t i = 0; i < g.in_channels; ++i, weight += g.out_channels) {
      const Sum value = static_cast<Sum>(from[i]) - zero_point;
      for (int64_t o = 0; o < g.out_channels; ++o) {
        Sum& sum = sums[static_cast<size_t>(o)];
        sum = wrapping_sum(sum, value * static_cast<Sum>(weight[o]));
      }
    }
  };
  parallel_for(g.batch * depth.in * height.in, 1, [&](int64_t begin, int64_t end) {
    std::vector<Sum> sums(static_cast<size_t>(g.out_channels));
    for (int64_t line = begin; line < end; ++line) {
      const int64_t n = line / height.in / depth.in;
      for (int64_t x = 0; x < width.in; ++x) {
        std::fill(sums.begin(), sums.end(), Sum{0});
        for (int64_t kz = depth.kernel; kz-- > 0;) {
          const int64_t plane = source(depth, line / height.in % depth.in, kz);
          if (plane < 0) continue;
          for (int64_t ky = height.kernel; ky-- > 0;) {
            const int64_t row = source(height, line % height.in, ky);
            if (row < 0) continue;
            for (int64_t kx = width.kernel; kx-- > 0;) {
              const int64_t column = source(width, x, kx);
              if (column < 0) continue;
              add_pixel(((n * depth.out + plane) * height.out + row) * width.out + column,
                        (kz * height.kernel + ky) * width.kernel + kx, sums);
            }
          }
        }
        store(line * width.in + x, sums.data());
      }
    }
  });
}

template <typename Code>
Kernel prepare_bytes(const Preparation& op, const TransposeConvGeometry& g, FusedActivation activation) {
  const TfLiteTensor& input = op.input(2);
  const TfLiteTensor& weights = op.input(1);
  const Requantization output = channel_output(op, input, weights, 0, 3, g.out_channels, activation);
  return
      [g, output, codes = reorder(op, g, centered_weights(op, weights).data(), false),
       zero_point = op.zero_point(input), in = op.input_index(2), out = op.output_index()](Arrays& arrays) {
        Code* to = arrays[out].data<Code>();
        convolve_transposed<int32_t>(
            g, arrays[in].data<Code>(), codes, zero_point, [&](int64_t pixel, const int32_t* sums) {
              requantize(sums, output, 0, g.out_channels, to + pixel * g.out_channels);
            });
      };
}

Kernel prepare_wide(const Preparation& op, const TransposeConvGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  const WideOutput output = wide_output(op, op.input(2), weights, 0, 3, g.out_channels, activation);
  return [g, output, codes = reorder(op, g, centered_weights(op, weights).data(), false),
          in = op.input_index(2), out = op.output_index()](Arrays& arrays) {
    int16_t* to = arrays[out].data<int16_t>();
    convolve_transposed<int64_t>(g, arrays[in].data<int16_t>(), codes, int64_t{0},
                                 [&](int64_t pixel, const int64_t* sums) {
                                   for (int64_t o = 0; o < g.out_channels; ++o)
                                     to[pixel * g.out_channels + o] = output.code(sums[o], o);
                                 });
  };
}

}  // namespace

Kernel prepare_transpose_conv(const Preparation& op) {
  const bool volume = op.op() == BuiltinOperator::kConv3dTranspose;
  const TfLiteTensor& input = op.input(2);
  const bool wide = op.is(input, TensorType::kInt16);
  op.expect_type(op.input(1), wide ? TensorType::kInt8 : input.type);
  op.expect_type(op.output(), input.type);
  const TransposeConvGeometry g = volume ? volume_geometry(op, op.options<TfLiteConv3dOptions>())
                                         : image_geometry(op, op.options<TfLiteTransposeConvOptions>());
  const FusedActivation activation = volume ? op.options<TfLiteConv3dOptions>().activation
                                            : op.options<TfLiteTransposeConvOptions>().activation;
  if (!volume && wide) return prepare_wide(op, g, activation);
  if (!volume && input.type != TensorType::kFloat32)
    return for_bytes(op, input, [&](auto code) { return prepare_bytes<decltype(code)>(op, g, activation); });
  op.expect_type(input, TensorType::kFloat32);
  return [g, values = reorder(op, g, reinterpret_cast<const float*>(op.input(1).data.data()), volume),
          bias = float_bias(op, 3, g.out_channels), range = op.real_range(activation), in = op.input_index(2),
          out = op.output_index()](Arrays& arrays) {
    float* to = arrays[out].data<float>();
    convolve_transposed<float>(
        g, arrays[in].data<float>(), values, 0.0F, [&](int64_t pixel, const float* sums) {
          for (int64_t o = 0; o < g.out_channels; ++o) {
            to[pixel * g.out_channels + o] =
                std::clamp(sums[o] + bias[static_cast<size_t>(o)], range.low, range.high);
          }
        });
  };
}

}  // namespace nudge::tflite
