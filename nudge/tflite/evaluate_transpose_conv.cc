// TRANSPOSE_CONV: output pixel = input pixel * stride - padding + tap.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "nudge/base/threads.h"
#include "nudge/tflite/channel_output.h"
#include "nudge/tflite/window.h"

namespace nudge::tflite {

namespace {

struct Geometry {
  // Of the convolution that this one reverses: its input is the output here.
  FilterWindow height;
  FilterWindow width;
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t out_channels = 0;
};

Geometry make_geometry(const Preparation& op, const TfLiteTransposeConvOptions& options) {
  const Shape& input = op.input(2).shape;
  const Shape& weights = op.input(1).shape;
  op.expect_rank(op.input(2), 4);
  op.expect_rank(op.input(1), 4);
  if (!op.input(1).is_constant()) op.unsupported("weights computed by the model");
  if (options.stride_h < 1 || options.stride_w < 1) op.fail("strides must be at least 1");
  const std::vector<int32_t> size = op.constant_ints(0);
  if (size.size() != 4 || *std::min_element(size.begin(), size.end()) < 1)
    op.fail("its output shape is no image's");
  Geometry g;
  g.batch = input[0];
  g.in_channels = input[3];
  g.out_channels = weights[0];
  g.height = make_window(size[1], weights[1], options.stride_h, 1, options.padding);
  g.width = make_window(size[2], weights[2], options.stride_w, 1, options.padding);
  if (size[0] != g.batch || size[3] != g.out_channels || weights[3] != g.in_channels ||
      g.height.out != input[1] || g.width.out != input[2]) {
    op.fail(fmt::format("input {}, weights {} and output ({}) do not fit", to_string(input),
                        to_string(weights), fmt::join(size, ", ")));
  }
  op.set_output_shape({g.batch, size[1], size[2], g.out_channels});
  return g;
}

// From [out][row][column][in] to [row][column][in][out], so that the innermost loop runs along memory.
template <typename Wide, typename T>
std::vector<Wide> reorder(const Geometry& g, const std::vector<std::byte>& data) {
  const int64_t depth = g.height.kernel * g.width.kernel * g.in_channels;
  std::vector<Wide> result(data.size() / sizeof(T));
  for (int64_t o = 0; o < g.out_channels; ++o) {
    for (int64_t i = 0; i < depth; ++i) {
      T value;
      std::memcpy(&value, data.data() + static_cast<size_t>(o * depth + i) * sizeof(T), sizeof(T));
      result[static_cast<size_t>(i * g.out_channels + o)] = static_cast<Wide>(value);
    }
  }
  return result;
}

// Calls store(pixel, sums) for each output pixel.  Taps run backwards, so that inputs add up as they lie: the
// reference kernel's order, which decides the last bit of a float.
template <typename Sum, typename Code, typename Wide, typename Store>
void convolve(const Geometry& g, const Code* input, const std::vector<Wide>& weights, Sum zero_point,
              const Store& store) {
  const int64_t lines = g.batch * g.height.in;
  parallel_for(lines, 1, [&](int64_t begin, int64_t end) {
    std::vector<Sum> sums(static_cast<size_t>(g.out_channels));
    for (int64_t line = begin; line < end; ++line) {
      const Code* image = input + line / g.height.in * g.height.out * g.width.out * g.in_channels;
      for (int64_t x = 0; x < g.width.in; ++x) {
        std::fill(sums.begin(), sums.end(), Sum{0});
        for (int64_t ky = g.height.kernel; ky-- > 0;) {
          const int64_t y_stepped = line % g.height.in + g.height.before - ky;
          const int64_t y = y_stepped / g.height.stride;
          if (y_stepped < 0 || y_stepped % g.height.stride != 0 || y >= g.height.out) continue;
          for (int64_t kx = g.width.kernel; kx-- > 0;) {
            const int64_t x_stepped = x + g.width.before - kx;
            const int64_t column = x_stepped / g.width.stride;
            if (x_stepped < 0 || x_stepped % g.width.stride != 0 || column >= g.width.out) continue;
            const Code* pixel = image + (y * g.width.out + column) * g.in_channels;
            const Wide* tap = weights.data() + (ky * g.width.kernel + kx) * g.in_channels * g.out_channels;
            for (int64_t i = 0; i < g.in_channels; ++i, tap += g.out_channels) {
              const Sum value = static_cast<Sum>(pixel[i]) - zero_point;
              for (int64_t o = 0; o < g.out_channels; ++o) {
                Sum& sum = sums[static_cast<size_t>(o)];
                sum = wrapping_sum(sum, value * static_cast<Sum>(tap[o]));
              }
            }
          }
        }
        store(line * g.width.in + x, sums.data());
      }
    }
  });
}

}  // namespace

Kernel prepare_transpose_conv(const Preparation& op) {
  const auto& options = op.options<TfLiteTransposeConvOptions>();
  const Geometry g = make_geometry(op, options);
  const TfLiteTensor& input = op.input(2);
  const TfLiteTensor& weights = op.input(1);
  op.expect_type(weights, input.type);
  op.expect_type(op.output(), input.type);
  if (input.type == TensorType::kInt8) {
    const Requantization output =
        channel_output(op, input, weights, 0, 3, g.out_channels, options.activation);
    return [g, output, codes = reorder<int16_t, int8_t>(g, weights.data), zero_point = op.zero_point(input),
            in = op.input_index(2), out = op.output_index()](Arrays& arrays) {
      int8_t* to = arrays[out].data<int8_t>();
      convolve<int32_t>(g, arrays[in].data<int8_t>(), codes, zero_point,
                        [&](int64_t pixel, const int32_t* sums) {
                          requantize(sums, output, 0, g.out_channels, to + pixel * g.out_channels);
                        });
    };
  }
  op.expect_type(input, TensorType::kFloat32);
  return [g, values = reorder<float, float>(g, weights.data), bias = float_bias(op, 3, g.out_channels),
          range = op.real_range(options.activation), in = op.input_index(2),
          out = op.output_index()](Arrays& arrays) {
    float* to = arrays[out].data<float>();
    convolve<float>(g, arrays[in].data<float>(), values, 0.0F, [&](int64_t pixel, const float* sums) {
      for (int64_t o = 0; o < g.out_channels; ++o) {
        to[pixel * g.out_channels + o] =
            std::clamp(sums[o] + bias[static_cast<size_t>(o)], range.low, range.high);
      }
    });
  };
}

}  // namespace nudge::tflite
