// DEPTHWISE_CONV_2D: output channel = input channel * multiplier + m.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/centered_lines.h"
#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/conv_geometry.h"
#include "nudge/tflite/evaluator/depthwise_sums.h"
#include "nudge/tflite/evaluator/dynamic_range.h"
#include "nudge/tflite/evaluator/elementwise.h"
#include "nudge/tflite/evaluator/wide_output.h"

namespace nudge::tflite {

namespace {

// Calls store(pixel, sums) for each output pixel with the sums of all its channels.  A product of a code
// less its zero point and a weight fits Wide.
template <typename Wide, typename Sum, typename Code, typename Store>
void convolve_depthwise(const ConvGeometry& g, const Code* input, const Wide* weights, Wide zero_point,
                        const Store& store) {
  const int64_t channels = g.out_channels, multiplier = g.group_out();
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
            if (multiplier == 1) {
              for (int64_t c = 0; c < channels; ++c) {
                const auto value = static_cast<Wide>(static_cast<Wide>(pixel[c]) - zero_point);
                Sum& sum = sums[static_cast<size_t>(c)];
                sum = wrapping_sum(sum, static_cast<Sum>(static_cast<Wide>(value * tap[c])));
              }
              continue;
            }
            for (int64_t c = 0; c < channels; ++c) {
              const auto value = static_cast<Wide>(static_cast<Wide>(pixel[c / multiplier]) - zero_point);
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

// Lines are kept with what lies beside them: not where a hostile dilation makes that the most of them.
bool has_short_lines(const ConvGeometry& g) {
  constexpr int64_t kBeside = 64;
  return g.group_out() == 1 && g.width.kernel * g.width.dilation < INT32_MAX &&
         CenteredLines<int8_t>::length(g.width) <= 2 * g.width.in + kBeside;
}

template <typename Code>
Kernel prepare_lines(const Preparation& op, const ConvGeometry& g, const Requantization& output) {
  const int64_t channels = g.out_channels;
  const DepthwiseWeights weights(centered_weights(op, op.input(1)),
                                 op.only_checks() ? 0 : g.height.kernel * g.width.kernel, channels);
  return [=, zero_point = static_cast<int16_t>(op.zero_point(op.input(0))), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const Code* input = arrays[in].data<Code>();
    Code* to = arrays[out].data<Code>();
    const int64_t line_values = g.width.out * channels, pixel = weights.padded_channels();
    parallel_for(g.batch * g.height.out, kElementsATask / std::max<int64_t>(line_values, 1) + 1,
                 [&](int64_t begin, int64_t end) {
                   CenteredLines<Code> lines(g.height, g.width, channels, pixel, zero_point);
                   std::vector<const int16_t*> taps(static_cast<size_t>(weights.taps()));
                   std::vector<int32_t> sums(static_cast<size_t>(g.width.out * pixel));
                   for (int64_t line = begin; line < end; ++line) {
                     const int64_t row = line % g.height.out;
                     if (row == 0) lines.forget();
                     lines.find_taps(input + line / g.height.out * g.height.in * g.width.in * channels, row,
                                     taps);
                     depthwise_sums(weights, taps, g.width.stride * pixel, g.width.out, sums.data());
                     requantize_pixels(sums.data(), pixel, g.width.out, output, to + line * line_values);
                   }
                 });
  };
}

template <typename Code>
Kernel prepare_depthwise_bytes(const Preparation& op, const ConvGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  op.expect_type(weights, op.input(0).type);
  const int64_t channels = g.out_channels;
  const Requantization output = channel_output(op, op.input(0), weights, 3, 2, channels, activation);
  if (has_short_lines(g)) return prepare_lines<Code>(op, g, output);
  // Products of unsigned weights less their zero point do not fit 16 bits.
  using Wide = std::conditional_t<std::is_unsigned_v<Code>, int32_t, int16_t>;
  const std::vector<int16_t> centered = centered_weights(op, weights);
  const std::vector<Wide> wide(centered.begin(), centered.end());
  const auto zero_point = static_cast<Wide>(op.zero_point(op.input(0)));
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    Code* to = arrays[out].data<Code>();
    convolve_depthwise<Wide, int32_t>(g, arrays[in].data<Code>(), wide.data(), zero_point,
                                      [&](int64_t pixel, const int32_t* sums) {
                                        requantize(sums, output, 0, channels, to + pixel * channels);
                                      });
  };
}

Kernel prepare_depthwise_wide(const Preparation& op, const ConvGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  const int64_t channels = g.out_channels;
  const WideOutput output = wide_output(op, op.input(0), weights, 3, 2, channels, activation);
  const std::vector<int16_t> centered = centered_weights(op, weights);
  return [=, wide = std::vector<int32_t>(centered.begin(), centered.end()), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    int16_t* to = arrays[out].data<int16_t>();
    convolve_depthwise<int32_t, int64_t>(g, arrays[in].data<int16_t>(), wide.data(), int32_t{0},
                                         [&](int64_t pixel, const int64_t* sums) {
                                           for (int64_t c = 0; c < channels; ++c)
                                             to[pixel * channels + c] = output.code(sums[c], c);
                                         });
  };
}

// Float activations and int8 weights: each image is quantized anew.
Kernel prepare_depthwise_dynamic(const Preparation& op, const ConvGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  const int64_t channels = g.out_channels;
  if (g.batch != 1) op.unsupported("a batch of images is not computed here");
  return [=, scales = op.channel_scales(weights, 3, channels), taps = centered_weights(op, weights),
          bias = float_bias(op, 2, channels), range = op.real_range(activation), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    std::vector<int8_t> codes(static_cast<size_t>(arrays[in].size()));
    const RunGrid grid = quantize_asymmetric(arrays[in].data<float>(), arrays[in].size(), codes.data());
    float* to = arrays[out].data<float>();
    convolve_depthwise<int16_t, int32_t>(
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
  const ConvGeometry g = conv_geometry(op, options, true);
  const TfLiteTensor& weights = op.input(1);
  const int64_t channels = g.out_channels;
  const bool integer = op.is_integer_operator();
  if (!integer && op.is(weights, TensorType::kInt8))
    return prepare_depthwise_dynamic(op, g, options.activation);
  if (integer) {
    if (op.is(op.output(), TensorType::kInt16)) return prepare_depthwise_wide(op, g, options.activation);
    return for_bytes(op, op.output(), [&](auto code) {
      return prepare_depthwise_bytes<decltype(code)>(op, g, options.activation);
    });
  }
  op.expect_type(weights, TensorType::kFloat32);
  const ActivationRange<float> range = op.real_range(options.activation);
  std::vector<float> values;
  if (!op.only_checks()) {
    values.resize(static_cast<size_t>(element_count(weights.shape)));
    std::memcpy(values.data(), weights.data.data(), weights.data.size());
  }
  return [=, bias = float_bias(op, 2, channels), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    float* to = arrays[out].data<float>();
    convolve_depthwise<float, float>(
        g, arrays[in].data<float>(), values.data(), 0.0F, [&](int64_t pixel, const float* sums) {
          for (int64_t c = 0; c < channels; ++c) {
            to[pixel * channels + c] =
                std::clamp(sums[c] + bias[static_cast<size_t>(c)], range.low, range.high);
          }
        });
  };
}

}  // namespace nudge::tflite
