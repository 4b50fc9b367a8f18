// DEPTHWISE_CONV_2D: output channel = input channel * multiplier + m.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/conv_windows.h"
#include "nudge/tflite/evaluator/depthwise_sums.h"
#include "nudge/tflite/evaluator/dynamic_range.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/evaluator/wide_output.h"

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

// Calls store(pixel, sums) for each output pixel with the sums of all its channels.  A product of a code
// less its zero point and a weight fits Wide.
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

template <typename Code>
Kernel prepare_bytes(const Preparation& op, const Geometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  op.expect_type(weights, op.input(0).type);
  const int64_t channels = g.out_channels();
  const Requantization output = channel_output(op, op.input(0), weights, 3, 2, channels, activation);
  if (g.multiplier == 1) {
    return [=, taps = centered_weights(op, weights), zero_point = op.zero_point(op.input(0)),
            in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
      const Code* input = arrays[in].data<Code>();
      Code* to = arrays[out].data<Code>();
      const int64_t line_values = g.width.out * channels;
      parallel_for(g.batch * g.height.out, kElementsATask / std::max<int64_t>(line_values, 1) + 1,
                   [&](int64_t begin, int64_t end) {
                     std::vector<int32_t> sums(static_cast<size_t>(line_values));
                     for (int64_t line = begin; line < end; ++line) {
                       const int64_t image = line / g.height.out * g.height.in * g.width.in * channels;
                       depthwise_sums(DepthwiseLine<Code>{input + image, taps.data(), zero_point, channels,
                                                          g.height, g.width, line % g.height.out},
                                      sums.data());
                       for (int64_t x = 0; x < g.width.out; ++x) {
                         requantize(sums.data() + x * channels, output, 0, channels,
                                    to + line * line_values + x * channels);
                       }
                     }
                   });
    };
  }
  // Products of unsigned weights less their zero point do not fit 16 bits.
  using Wide = std::conditional_t<std::is_unsigned_v<Code>, int32_t, int16_t>;
  const std::vector<int16_t> centered = centered_weights(op, weights);
  const std::vector<Wide> wide(centered.begin(), centered.end());
  const auto zero_point = static_cast<Wide>(op.zero_point(op.input(0)));
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    Code* to = arrays[out].data<Code>();
    convolve<Wide, int32_t>(g, arrays[in].data<Code>(), wide.data(), zero_point,
                            [&](int64_t pixel, const int32_t* sums) {
                              requantize(sums, output, 0, channels, to + pixel * channels);
                            });
  };
}

Kernel prepare_wide(const Preparation& op, const Geometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  const int64_t channels = g.out_channels();
  const WideOutput output = wide_output(op, op.input(0), weights, 3, 2, channels, activation);
  const std::vector<int16_t> centered = centered_weights(op, weights);
  return [=, wide = std::vector<int32_t>(centered.begin(), centered.end()), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    int16_t* to = arrays[out].data<int16_t>();
    convolve<int32_t, int64_t>(g, arrays[in].data<int16_t>(), wide.data(), int32_t{0},
                               [&](int64_t pixel, const int64_t* sums) {
                                 for (int64_t c = 0; c < channels; ++c)
                                   to[pixel * channels + c] = output.code(sums[c], c);
                               });
  };
}

// Float activations and int8 weights: each image is quantized anew.
Kernel prepare_dynamic(const Preparation& op, const Geometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  const int64_t channels = g.out_channels();
  if (g.batch != 1) op.unsupported("a batch of images is not computed here");
  return [=, scales = op.channel_scales(weights, 3, channels), taps = centered_weights(op, weights),
          bias = float_bias(op, 2, channels), range = op.real_range(activation), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    std::vector<int8_t> codes(static_cast<size_t>(arrays[in].size()));
    const RunGrid grid = quantize_asymmetric(arrays[in].data<float>(), arrays[in].size(), codes.data());
    float* to = arrays[out].data<float>();
    convolve<int16_t, int32_t>(
        g, codes.data(), taps.data(), static_cast<int16_t>(grid.zero_point),
        [&](int64_t pixel, const int32_t* sums) {
          for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
            const float real = static_cast<float>(sums[c]) * (scales[c] * grid.scale) + bias[c];
            to[static_cast<size_t>(pixel * channels) + c] = std::clamp(real, range.low, range.high);
          }
        });
  };
}

}  // namespace

Kernel prepare_depthwise(const Preparation& op) {
  const auto& options = op.options<TfLiteDepthwiseConv2dOptions>();
  const Geometry g = make_geometry(op, options);
  const TfLiteTensor& weights = op.input(1);
  const auto count = static_cast<size_t>(element_count(weights.shape));
  const int64_t channels = g.out_channels();
  const bool integer = op.is_integer_operator();
  if (!integer && op.is(weights, TensorType::kInt8)) return prepare_dynamic(op, g, options.activation);
  if (integer) {
    if (op.is(op.output(), TensorType::kInt16)) return prepare_wide(op, g, options.activation);
    return for_bytes(op, op.output(),
                     [&](auto code) { return prepare_bytes<decltype(code)>(op, g, options.activation); });
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
