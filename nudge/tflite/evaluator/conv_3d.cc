// CONV_3D: in float only, as in the runtime.  Weights are (depth, height, width, in, out).
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/tiled_product.h"
#include "nudge/tflite/evaluator/volume_windows.h"

namespace nudge::tflite {

namespace {

struct Conv3dGeometry {
  VolumeWindows windows;
  int64_t batch = 0;
  int64_t in_channels = 0;
  int64_t out_channels = 0;

  int64_t taps() const { return windows.depth.kernel * windows.height.kernel * windows.width.kernel; }
  int64_t rows() const { return batch * windows.depth.out * windows.height.out * windows.width.out; }
};

Conv3dGeometry make_geometry(const Preparation& op, const TfLiteConv3dOptions& options) {
  const Shape& input = op.input(0).shape;
  const Shape& weights = op.input(1).shape;
  op.expect_rank(op.input(0), 5);
  op.expect_rank(op.input(1), 5);
  Conv3dGeometry g{volume_windows(op, options, {input[1], input[2], input[3]}), input[0], input[4],
                   weights[4]};
  if (weights[3] != g.in_channels) {
    op.fail(fmt::format("input {} does not fit weights {}", to_string(input), to_string(weights)));
  }
  op.set_output_shape(
      {g.batch, g.windows.depth.out, g.windows.height.out, g.windows.width.out, g.out_channels});
  return g;
}

// From (tap, in, out) to (out, tap, in).
FloatWeights pack(const Preparation& op, const Conv3dGeometry& g) {
  if (op.only_checks()) return {};
  const auto* weights = reinterpret_cast<const float*>(op.input(1).data.data());
  const int64_t depth = g.taps() * g.in_channels;
  std::vector<float> rows(static_cast<size_t>(depth * g.out_channels));
  for (int64_t i = 0; i < depth; ++i) {
    for (int64_t o = 0; o < g.out_channels; ++o)
      rows[static_cast<size_t>(o * depth + i)] = weights[i * g.out_channels + o];
  }
  return {rows.data(), g.out_channels, depth};
}

bool covers(const FilterWindow& window, int64_t at, int64_t tap) {
  return tap >= window.first_tap(at) && tap < window.last_tap(at);
}

// The input under the window of one output voxel, as a row of the product; what lies outside is 0.
void gather(const Conv3dGeometry& g, const float* input, int64_t row, float* out) {
  const auto& [depth, height, width] = g.windows;
  const int64_t x = row % width.out, y = row / width.out % height.out;
  const int64_t z = row / width.out / height.out % depth.out, n = row / width.out / height.out / depth.out;
  for (int64_t kz = 0; kz < depth.kernel; ++kz) {
    for (int64_t ky = 0; ky < height.kernel; ++ky) {
      for (int64_t kx = 0; kx < width.kernel; ++kx, out += g.in_channels) {
        if (!covers(depth, z, kz) || !covers(height, y, ky) || !covers(width, x, kx)) {
          std::fill_n(out, g.in_channels, 0.0F);
          continue;
        }
        const int64_t plane = n * depth.in + depth.start(z) + kz * depth.dilation;
        const int64_t line = plane * height.in + height.start(y) + ky * height.dilation;
        const int64_t voxel = line * width.in + width.start(x) + kx * width.dilation;
        std::copy_n(input + voxel * g.in_channels, g.in_channels, out);
      }
    }
  }
}

}  // namespace

Kernel prepare_conv_3d(const Preparation& op) {
  const auto& options = op.options<TfLiteConv3dOptions>();
  for (const TfLiteTensor* tensor : {&op.input(0), &op.input(1), &op.output()})
    op.expect_type(*tensor, TensorType::kFloat32);
  const Conv3dGeometry g = make_geometry(op, options);
  const auto weights = std::make_shared<const FloatWeights>(pack(op, g));
  return [g, weights, bias = float_bias(op, 2, g.out_channels), range = op.real_range(options.activation),
          in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const float* input = arrays[in].data<float>();
    float* values = arrays[out].data<float>();
    tiled_product<float, float>(
        g.rows(), *weights, [&](int64_t row, float* to) { gather(g, input, row, to); },
        [&](int64_t row, int64_t first, int64_t count, const float* sums) {
          float* to = values + row * g.out_channels + first;
          const float* add = bias.data() + first;
          for (int64_t i = 0; i < count; ++i) to[i] = std::clamp(sums[i] + add[i], range.low, range.high);
        });
  };
}

}  // namespace nudge::tflite
