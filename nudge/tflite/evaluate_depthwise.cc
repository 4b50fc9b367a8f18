// DEPTHWISE_CONV_2D: output channel = input channel * multiplier + m.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "nudge/base/threads.h"
#include "nudge/tflite/channel_output.h"
#include "nudge/tflite/conv_windows.h"
#include "nudge/tflite/elementwise.h"

namespace nudge::tflite {

namespace {

struct Geometry {
  FilterWindow height;
  FilterWindow width;
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t multiplier = 1;

  int64_t out_channels() const { return in_channels * multiplier; }
};

Geometry make_geometry(const Preparation& op, const TfLiteDepthwiseConv2dOptions& options) {
  const TfLiteTensor& input = op.input(0);
  const TfLiteTensor& weights = op.input(1);
  const ConvWindows windows = conv_windows(op, options);
  Geometry g;
  g.height = windows.height;
  g.width = windows.width;
  g.batch = input.shape[0];
  g.in_channels = input.shape[3];
  if (weights.shape[0] != 1 || g.in_channels < 1 || weights.shape[3] % g.in_channels != 0) {
    op.fail(
        fmt::format("input {} does not fit weights {}", to_string(input.shape), to_string(weights.shape)));
  }
  g.multiplier = weights.shape[3] / g.in_channels;
  op.set_output_shape({g.batch, g.height.out, g.width.out, g.out_channels()});
  return g;
}

// Calls store(pixel, sums) for each output pixel with the sums of all its channels.  Wide is int16_t where
// a code less its zero point times a weight fits 16 bits, which it always does.
template <typename Wide, typename Sum, typename Code, typename Store>
void convolve(const Geometry& g, const Code* input, const Wide* weights, Wide zero_point,
              const Store& store) {
  const int64_t channels = g.out_channels();
  const int64_t lines_a_task = kElementsATask / std::max<int64_t>(g.width.out * channels, 1) + 1;
  parallel_for(g.batch * g.height.out, lines_a_task, [&](int64_t begin, int64_t end) {
    std::vector<Sum> sums(static_cast<size_t>(channels));
    for (int64_t line = begin; line < end; ++line) {
      const int64_t y = line % g.height.out;
      const Code* image = input + line / g.height.out * g.height.in * g.width.in * g.in_channels;
      for (int64_t x = 0; x < g.width.out; ++x) {
        std::fill(sums.begin(), sums.end(), Sum{0});
        for (int64_t ky = g.height.first_tap(y); ky < g.height.last_tap(y); ++ky) {
          const int64_t row = (g.height.start(y) + ky * g.height.dilation) * g.width.in;
          for (int64_t kx = g.width.first_tap(x); kx < g.width.last_tap(x); ++kx) {
            const Code* pixel = image + (row + g.width.start(x) + kx * g.width.dilation) * g.in_channels;
            const Wide* tap = weights + (ky * g.width.kernel + kx) * channels;
            if (g.multiplier == 1) {
              for (int64_t c = 0; c < channels; ++c) {
                const auto value = static_cast<Wide>(static_cast<Wide>(pixel[c]) - zero_point);
                Sum& sum = sums[static_cast<size_t>(c)];
                sum = wrapping_sum(sum, static_cast<Sum>(static_cast<Wide>(value * tap[c])));
              }
              continue;
            }
            for (int64_t c = 0; c < channels; ++c) {
              const auto value = static_cast<Wide>(static_cast<Wide>(pixel[c / g.multiplier]) - zero_point);
              Sum& sum = sums[static_cast<size_t>(c)];
              sum = wrapping_sum(sum, static_cast<Sum>(static_cast<Wide>(value * tap[c])));
            }
          }
        }
        store(line * g.width.out + x, sums.data());
      }
    }
  });
}

}  // namespace

Kernel prepare_depthwise(const Preparation& op) {
  const auto& options = op.options<TfLiteDepthwiseConv2dOptions>();
  const Geometry g = make_geometry(op, options);
  const TfLiteTensor& weights = op.input(1);
  const auto count = static_cast<size_t>(element_count(weights.shape));
  const int64_t channels = g.out_channels();
  if (op.is_int8_operator()) {
    op.expect_type(weights, TensorType::kInt8);
    const Requantization output =
        channel_output(op, op.input(0), weights, 3, 2, channels, options.activation);
    const auto* codes = reinterpret_cast<const int8_t*>(weights.data.data());
    const std::vector<int16_t> wide(codes, codes + count);
    const auto zero_point = static_cast<int16_t>(op.zero_point(op.input(0)));
    return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
      int8_t* to = arrays[out].data<int8_t>();
      convolve<int16_t, int32_t>(g, arrays[in].data<int8_t>(), wide.data(), zero_point,
                                 [&](int64_t pixel, const int32_t* sums) {
                                   requantize(sums, output, 0, channels, to + pixel * channels);
                                 });
    };
  }
  op.expect_type(weights, TensorType::kFloat32);
  const ActivationRange<float> range = op.real_range(options.activation);
  std::vector<float> values(count);
  std::memcpy(values.data(), weights.data.data(), weights.data.size());
  return [=, bias = float_bias(op, 2, channels), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    float* to = arrays[out].data<float>();
    convolve<float, float>(g, arrays[in].data<float>(), values.data(), 0.0F,
                           [&](int64_t pixel, const float* sums) {
                             for (int64_t c = 0; c < channels; ++c) {
                               to[pixel * channels + c] =
                                   std::clamp(sums[c] + bias[static_cast<size_t>(c)], range.low, range.high);
                             }
                           });
  };
}

}  // namespace nudge::tflite
