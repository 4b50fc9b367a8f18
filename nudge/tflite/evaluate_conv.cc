// CONV_2D, with dilation and groups.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "nudge/tflite/channel_output.h"
#include "nudge/tflite/conv_windows.h"
#include "nudge/tflite/tiled_product.h"

namespace nudge::tflite {

namespace {

struct Geometry {
  FilterWindow height;
  FilterWindow width;
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t groups = 1;

  int64_t group_in() const { return in_channels / groups; }
  int64_t group_out() const { return out_channels / groups; }
  int64_t depth() const { return height.kernel * width.kernel * group_in(); }
  int64_t rows() const { return batch * height.out * width.out; }
};

Geometry make_geometry(const Preparation& op, const TfLiteConv2dOptions& options) {
  const TfLiteTensor& input = op.input(0);
  const TfLiteTensor& weights = op.input(1);
  const ConvWindows windows = conv_windows(op, options);
  Geometry geometry;
  geometry.height = windows.height;
  geometry.width = windows.width;
  geometry.batch = input.shape[0];
  geometry.in_channels = input.shape[3];
  geometry.out_channels = weights.shape[0];
  const int64_t group_in = weights.shape[3];
  if (group_in < 1 || geometry.in_channels % group_in != 0) {
    op.fail(
        fmt::format("input {} does not fit weights {}", to_string(input.shape), to_string(weights.shape)));
  }
  geometry.groups = geometry.in_channels / group_in;
  if (geometry.groups == 0 || geometry.out_channels % geometry.groups != 0) {
    op.fail(fmt::format("{} output channels for {} groups", geometry.out_channels, geometry.groups));
  }
  op.set_output_shape({geometry.batch, geometry.height.out, geometry.width.out, geometry.out_channels});
  return geometry;
}

// The input under the window of one output pixel, as a row of the product; what lies outside is 0.
template <typename Activation, typename Code>
void gather(const Geometry& g, const Code* input, int64_t group, Activation zero_point, int64_t row,
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
    for (int64_t kx = first; kx < last; ++kx) {
      const Code* pixel = source + (g.width.start(x) + kx * g.width.dilation) * g.in_channels;
      Activation* tap = out + kx * channels;
      for (int64_t c = 0; c < channels; ++c)
        tap[c] = static_cast<Activation>(static_cast<Activation>(pixel[c]) - zero_point);
    }
  }
}

template <typename Weights, typename T>
std::vector<Weights> pack_groups(const Geometry& g, const std::vector<std::byte>& data) {
  const auto* weights = reinterpret_cast<const T*>(data.data());
  std::vector<Weights> groups;
  for (int64_t i = 0; i < g.groups; ++i) {
    groups.emplace_back(weights + i * g.group_out() * g.depth(), g.group_out(), g.depth());
  }
  return groups;
}

Kernel prepare_int8(const Preparation& op, const Geometry& g, FusedActivation activation) {
  const TfLiteTensor& weights = op.input(1);
  op.expect_type(weights, TensorType::kInt8);
  const Requantization output = channel_output(op, op.input(0), weights, 0, 2, g.out_channels, activation);
  // Shared, as a Kernel is copied.
  const auto groups =
      std::make_shared<const std::vector<PackedWeights>>(pack_groups<PackedWeights, int8_t>(g, weights.data));
  const auto zero_point = static_cast<int16_t>(op.zero_point(op.input(0)));
  return [g, output, groups, zero_point, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const int8_t* input = arrays[in].data<int8_t>();
    int8_t* codes = arrays[out].data<int8_t>();
    for (int64_t group = 0; group < g.groups; ++group) {
      const int64_t offset = group * g.group_out();
      tiled_product<int16_t, int32_t>(
          g.rows(), (*groups)[static_cast<size_t>(group)],
          [&](int64_t row, int16_t* to) { gather(g, input, group, zero_point, row, to); },
          [&](int64_t row, int64_t first, int64_t count, const int32_t* sums) {
            requantize(sums, output, offset + first, count, codes + row * g.out_channels + offset + first);
          });
    }
  };
}

Kernel prepare_float(const Preparation& op, const Geometry& g, FusedActivation activation) {
  op.expect_type(op.input(1), TensorType::kFloat32);
  const ActivationRange<float> range = op.real_range(activation);
  const auto groups = std::make_shared<const std::vector<FloatWeights>>(
      pack_groups<FloatWeights, float>(g, op.input(1).data));
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
  const Geometry geometry = make_geometry(op, options);
  return op.is_int8_operator() ? prepare_int8(op, geometry, options.activation)
                               : prepare_float(op, geometry, options.activation);
}

}  // namespace nudge::tflite
