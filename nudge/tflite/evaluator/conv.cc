// CONV_2D, with dilation and groups.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/conv_geometry.h"
#include "nudge/tflite/evaluator/depthwise_sums.h"
#include "nudge/tflite/evaluator/dynamic_range.h"
#include "nudge/tflite/evaluator/tiled_product.h"
#include "nudge/tflite/evaluator/wide_output.h"

namespace nudge::tflite {

namespace {

// The input under the window of one output pixel, as a row of the product; what lies outside is 0.
template <typename Activation, typename Code>
void gather(const ConvGeometry& g, const Code* input, int64_t group, Activation zero_point, int64_t row,
            Activation* out) {
  const int64_t x = row % g.width.out;
  const int64_t y = row / g.width.out % g.height.out;
  const Code* image = input + row / g.width.out / g.height.out * g.height.in * g.width.in * g.in_channels +
                      group * g.group_in();
  const int64_t channels = g.group_in();
  const int64_t line = g.width.kernel * channels;
  const int64_t first = g.width.first_tap(x);
  const int64_t last = std::max(first, g.width.last_tap(x));
  for (int64_t ky = 0; ky < g.height.kernel; ++ky, out += line) {
    if (ky < g.height.first_tap(y) || ky >= g.height.last_tap(y)) {
      std::fill_n(out, line, Activation{0});
      continue;
    }
    std::fill_n(out, first * channels, Activation{0});
    std::fill(out + last * channels, out + line, Activation{0});
    const Code* source = image + (g.height.start(y) + ky * g.height.dilation) * g.width.in * g.in_channels;
    // Neighbours that lie side by side are one run.
    const bool one_run = g.width.dilation == 1 && g.groups == 1;
    const int64_t run = one_run ? (last - first) * channels : channels;
    for (int64_t kx = first; kx < last; kx += one_run ? last - first : 1) {
      const Code* pixel = source + (g.width.start(x) + kx * g.width.dilation) * g.in_channels;
      Activation* tap = out + kx * channels;
      for (int64_t c = 0; c < run; ++c)
        tap[c] = static_cast<Activation>(static_cast<Activation>(pixel[c]) - zero_point);
    }
  }
}

// pack(first byte of a group's weights) of every group; shared, as a Kernel is copied.
template <typename Weights, typename Pack>
std::shared_ptr<const std::vector<Weights>> pack_groups(const ConvGeometry& g,
                                                        const std::vector<std::byte>& data,
                                                        const Pack& pack) {
  std::vector<Weights> groups;
  const size_t group_bytes = data.size() / static_cast<size_t>(g.groups);
  for (size_t i = 0; i < static_cast<size_t>(g.groups); ++i)
    groups.push_back(pack(data.data() + i * group_bytes));
  return std::make_shared<const std::vector<Weights>>(std::move(groups));
}

template <typename Code>
Kernel prepare_bytes(const Preparation& op, const ConvGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  op.expect_type(weights, op.input(0).type);
  const Requantization output = channel_output(op, op.input(0), weights, 0, 2, g.out_channels, activation);
  const auto groups = pack_groups<PackedWeights>(g, weights.data, [&](const std::byte* codes) {
    return pack_weights(op, weights, codes, g.group_out(), g.depth());
  });
  const auto zero_point = static_cast<int16_t>(op.zero_point(op.input(0)));
  return [g, output, groups, zero_point, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const Code* input = arrays[in].data<Code>();
    Code* codes = arrays[out].data<Code>();
    for (int64_t group = 0; group < g.groups; ++group) {
      const int64_t offset = group * g.group_out();
      tiled_product<int16_t, int32_t>(
          g.rows(), (*groups)[static_cast<size_t>(group)],
          [&](int64_t row, int16_t* to) {
            if (g.is_pointwise())
              return center_codes(input + row * g.in_channels, g.in_channels, zero_point, to);
            gather(g, input, group, zero_point, row, to);
          },
          [&](int64_t row, int64_t first, int64_t count, const int32_t* sums) {
            requantize(sums, output, offset + first, count, codes + row * g.out_channels + offset + first);
          });
    }
  };
}

Kernel prepare_wide(const Preparation& op, const ConvGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  const WideOutput output = wide_output(op, op.input(0), weights, 0, 2, g.out_channels, activation);
  const auto groups = pack_groups<BlockWeights<int8_t>>(g, weights.data, [&](const std::byte* codes) {
    return pack_wide(op, codes, g.group_out(), g.depth());
  });
  return [g, output, groups, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const int16_t* input = arrays[in].data<int16_t>();
    int16_t* codes = arrays[out].data<int16_t>();
    for (int64_t group = 0; group < g.groups; ++group) {
      const int64_t offset = group * g.group_out();
      tiled_product<int16_t, int64_t>(
          g.rows(), (*groups)[static_cast<size_t>(group)],
          [&](int64_t row, int16_t* to) { gather(g, input, group, int16_t{0}, row, to); },
          [&](int64_t row, int64_t first, int64_t count, const int64_t* sums) {
            int16_t* to = codes + row * g.out_channels + offset + first;
            for (int64_t i = 0; i < count; ++i) to[i] = output.code(sums[i], offset + first + i);
          });
    }
  };
}

// Float activations and int8 weights: each image is quantized anew, around a zero point of its own where the
// weights have a scale a channel.
Kernel prepare_dynamic(const Preparation& op, const ConvGeometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  op.expect_type(weights, TensorType::kInt8);
  std::vector<float> scales = op.channel_scales(weights, 0, g.out_channels);
  const bool per_channel = weights.quantization->scale.size() > 1;
  const float common = per_channel ? 1.0F : scales[0];
  if (!per_channel) std::fill(scales.begin(), scales.end(), 1.0F);
  const auto groups = pack_groups<PackedWeights>(g, weights.data, [&](const std::byte* codes) {
    return pack_weights(op, weights, codes, g.group_out(), g.depth());
  });
  return [=, bias = float_bias(op, 2, g.out_channels), range = op.real_range(activation),
          in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const int64_t image = g.height.in * g.width.in * g.in_channels, pixels = g.height.out * g.width.out;
    std::vector<int8_t> codes(static_cast<size_t>(g.batch * image));
    std::vector<RunGrid> grids;
    for (int64_t n = 0; n < g.batch; ++n) {
      const float* from = arrays[in].data<float>() + n * image;
      int8_t* to = codes.data() + n * image;
      grids.push_back(per_channel ? quantize_asymmetric(from, image, to)
                                  : quantize_symmetric(from, image, to));
    }
    float* values = arrays[out].data<float>();
    for (int64_t group = 0; group < g.groups; ++group) {
      const int64_t offset = group * g.group_out();
      tiled_product<int16_t, int32_t>(
          g.rows(), (*groups)[static_cast<size_t>(group)],
          [&](int64_t row, int16_t* to) {
            const RunGrid& grid = grids[static_cast<size_t>(row / pixels)];
            gather(g, codes.data(), group, static_cast<int16_t>(grid.zero_point), row, to);
          },
          [&](int64_t row, int64_t first, int64_t count, const int32_t* sums) {
            const float scale = common * grids[static_cast<size_t>(row / pixels)].scale;
            for (int64_t i = 0; i < count; ++i) {
              const int64_t channel = offset + first + i;
              const auto c = static_cast<size_t>(channel);
              const float real = static_cast<float>(sums[i]) * scales[c] * scale + bias[c];
              values[row * g.out_channels + channel] = std::clamp(real, range.low, range.high);
            }
          });
    }
  };
}

Kernel prepare_float(const Preparation& op, const ConvGeometry& g, FusedActivation activation) {
  op.expect_type(op.input(1), TensorType::kFloat32);
  const ActivationRange<float> range = op.real_range(activation);
  const auto groups = pack_groups<FloatWeights>(g, op.input(1).data, [&](const std::byte* values) {
    return pack_floats(op, values, g.group_out(), g.depth());
  });
  return [g, range, groups, bias = float_bias(op, 2, g.out_channels), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const float* input = arrays[in].data<float>();
    float* values = arrays[out].data<float>();
    for (int64_t group = 0; group < g.groups; ++group) {
      const int64_t offset = group * g.group_out();
      tiled_product<float, float>(
          g.rows(), (*groups)[static_cast<size_t>(group)],
          [&](int64_t row, float* to) { gather(g, input, group, 0.0F, row, to); },
          [&](int64_t row, int64_t first, int64_t count, const float* sums) {
            float* to = values + row * g.out_channels + offset + first;
            const float* add = bias.data() + offset + first;
            for (int64_t i = 0; i < count; ++i) to[i] = std::clamp(sums[i] + add[i], range.low, range.high);
          });
    }
  };
}

}  // namespace

Kernel prepare_conv(const Preparation& op) {
  const auto& options = op.options<TfLiteConv2dOptions>();
  const ConvGeometry geometry = conv_geometry(op, options, false);
  if (!op.is_integer_operator()) {
    return op.is(op.input(1), TensorType::kInt8) ? prepare_dynamic(op, geometry, options.activation)
                                                 : prepare_float(op, geometry, options.activation);
  }
  if (op.is(op.output(), TensorType::kInt16)) return prepare_wide(op, geometry, options.activation);
  return for_bytes(op, op.output(), [&](auto code) {
    return prepare_bytes<decltype(code)>(op, geometry, options.activation);
  });
}

}  // namespace nudge::tflite
