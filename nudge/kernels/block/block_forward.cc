#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/kernels/block/block_state.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/packing.h"

namespace nudge::kernels {

// Calls body(part, first unit, end unit) for every chunk of the product, in parallel parts.
template <class Body>
void Block::State::for_each_chunk(const Body& body) const {
  for_parts(product_parts(), product->units(batch), 1, [&](size_t part, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end;) {
      const int64_t stop = std::min(end, unit + product->forward_chunk());
      body(part, unit, stop);
      unit = stop;
    }
  });
}

int Block::State::product_parts() const {
  return part_count(product->units(batch), product->forward_grain(), 1);
}

// Sums of a chunk as floats: where they are saved or, when they are saved as something else, in scratch.
const float* Block::State::multiply_chunk(int64_t unit, int64_t stop) const {
  const int64_t first = unit * product->unit_pixels() * channels;
  const int64_t count = (stop - unit) * product->unit_pixels() * channels;
  if (geometry.identity) return load_floats(input, first, count, scratch_floats(Scratch::kProduct, count));
  float* out = saved.f32 != nullptr ? saved.f32 + first : scratch_floats(Scratch::kProduct, count);
  product->forward(InputRows(input, geometry), kernel, unit, stop, out);
  return out;
}

ConstReals Block::State::products(const BlockInput& from, int64_t first, int64_t count) const {
  const int64_t at = first * channels, n = count * channels;
  if (!geometry.identity && saved) return saved.at(at);
  if (!geometry.identity) {
    float* out = scratch_floats(Scratch::kProduct, n);
    product->forward(InputRows(from, geometry), kernel, first, first + count, out);
    return out;
  }
  if (from.values) return from.values.at(at);
  if (!options.bf16) return load_floats(from, at, n, scratch_floats(Scratch::kProduct, n));
  // Codes are whole numbers that bfloat16 holds.
  auto* halves = reinterpret_cast<Bfloat16*>(scratch_words(Scratch::kProduct, (n + 1) / 2));
  subtract_zero_point(from.codes + at, n, from.grid.zero_point, halves);
  return halves;
}

ChannelMoments Block::State::multiply(bool statistics) {
  if (!statistics && !saved) return {};
  const InputRows rows(input, geometry);
  std::vector<ChannelMoments> moments(static_cast<size_t>(product_parts()));
  for_each_chunk([&](size_t part, int64_t unit, int64_t stop) {
    ChannelMoments& of_part = moments[part];
    const int64_t first = unit * product->unit_pixels(), count = (stop - unit) * product->unit_pixels();
    // Depthwise sums come a few at a time: statistics of them are gathered faster afterwards.  The first
    // chunk tells what the sums of the others are taken around.
    if (statistics && kernel.int8 != nullptr && of_part.rows() > 0) {
      const ChannelStatistics gathered = of_part.begin_rows();
      MatmulOutput out;
      out.floats = saved.f32 == nullptr ? nullptr : saved.f32 + first * channels;
      out.halves = saved.bf16 == nullptr ? nullptr : saved.bf16 + first * channels;
      out.statistics = &gathered;
      product->forward(rows, kernel, unit, stop, out);
      return of_part.end_rows(count);
    }
    const float* out = multiply_chunk(unit, stop);
    if (statistics) of_part.add(out, count, channels);
    if (saved.bf16 != nullptr) round_to_bfloat16(out, count * channels, saved.bf16 + first * channels);
  });
  ChannelMoments merged;
  for (const ChannelMoments& part : moments) merged.merge(part);
  return merged;
}

void Block::State::pack_kernel() {
  pack_pairs(kernel.values, geometry.kernel_rows(), channels, kernel_pairs);
  kernel.pairs = &kernel_pairs;
}

void Block::State::apply(const ConstReals& products, int64_t first, int64_t count,
                         const ActivationLimits& limits, const BlockOutput& output) const {
  const int64_t at = first * channels;
  apply_rows(products, count, channels, affine(), limits, output.grid, output.values.at(at),
             output.codes == nullptr ? nullptr : output.codes + at);
}

void Block::State::apply_again(const ActivationLimits& limits, const BlockOutput& output) const {
  const InputRows rows(input, geometry);
  const bool at_once = kernel.has_codes() && !output.values && !limits.sloped && output.grid != nullptr &&
                       !output.grid->degenerate();
  const CodesApply apply_codes{affine(), limits.low, limits.high, at_once ? *output.grid : Grid()};
  for_each_chunk([&](size_t, int64_t unit, int64_t stop) {
    const int64_t first = unit * product->unit_pixels(), count = (stop - unit) * product->unit_pixels();
    if (at_once) {
      MatmulOutput out;
      out.codes = output.codes + first * channels;
      out.apply = &apply_codes;
      product->forward(rows, kernel, unit, stop, out);
    } else {
      apply(multiply_chunk(unit, stop), first, count, limits, output);
    }
  });
}

void Block::State::normalise(const BlockWeights& weights, bool training, const ChannelMoments& moments) {
  const BlockOptions& o = options;
  batch_statistics = o.batch_norm && training;
  gamma.assign(scale.size(), 1.0f);
  if (weights.gamma != nullptr) gamma.assign(weights.gamma, weights.gamma + channels);
  for (size_t c = 0; c < scale.size(); ++c) {
    const float bias = o.bias && weights.bias != nullptr ? weights.bias[c] : 0.0f;
    if (!o.batch_norm) {
      shift[c] = 0.0f;
      gain[c] = scale[c];
      offset[c] = bias;
      continue;
    }
    double real_variance;
    if (training) {
      const double unit = scale[c];
      real_variance = moments.variance(c) * unit * unit;
      shift[c] = static_cast<float>(moments.mean(c));
      mean[c] = static_cast<float>(moments.mean(c) * unit + bias);
      variance[c] = static_cast<float>(real_variance);
      float& moving_mean = weights.moving_mean[c];
      float& moving_variance = weights.moving_variance[c];
      moving_mean = moved_average(moving_mean, mean[c], o.momentum);
      moving_variance = moved_average(moving_variance, variance[c], o.momentum);
    } else {
      real_variance = weights.moving_variance[c];
      shift[c] = (weights.moving_mean[c] - bias) / scale[c];
    }
    inverse_deviation[c] =
        static_cast<float>(1.0 / std::sqrt(real_variance + static_cast<double>(o.epsilon)));
    gain[c] = scale[c] * inverse_deviation[c] * gamma[c];
    offset[c] = weights.beta != nullptr ? weights.beta[c] : 0.0f;
  }
}

MinMax Block::State::min_max_of(const ChannelMoments& moments) const {
  // Affine and activation are monotone, so the extremes of a channel stay its extremes; the same code that
  // will compute all values computes these, to the same bits.
  Floats ends(moments.min());
  ends.insert(ends.end(), moments.max().begin(), moments.max().end());
  apply_rows(ends.data(), 2, channels, affine(), ActivationLimits(options.activation, nullptr), nullptr,
             ends.data(), nullptr);
  for (size_t c = 0; c < scale.size(); ++c) {
    if (std::isnan(moments.mean(c))) ends[c] = std::numeric_limits<float>::quiet_NaN();
  }
  return kernels::min_max_of(ends.data(), 2 * channels);
}

MinMax Block::forward_product(const BlockInput& input, const BlockWeights& weights, int64_t batch,
                              bool training, const Reals& saved) {
  State& s = *state_;
  s.batch = batch;
  s.check(input, saved);
  s.input = input;
  s.saved = saved;
  s.has_grid = false;
  const bool coded = input.codes != nullptr;
  s.input_scale = coded && !input.grid.degenerate() ? input.grid.scale : 1.0f;
  if (s.quantized) {
    const int64_t farthest =
        std::max(input.grid.qmax - input.grid.zero_point, input.grid.zero_point - input.grid.qmin);
    s.quantized->update(weights.kernel, coded ? farthest : 0);
  }
  s.kernel = s.quantized ? s.quantized->kernel() : ConvolutionKernel{.values = weights.kernel};
  if (input.values.bf16 != nullptr && !s.geometry.depthwise && !s.geometry.identity) s.pack_kernel();
  for (int64_t c = 0; c < s.channels; ++c) {
    s.scale[static_cast<size_t>(c)] = s.input_scale * (s.quantized ? s.quantized->scale(c) : 1.0f);
  }
  const ChannelMoments moments = s.multiply(s.options.track_range || (s.options.batch_norm && training));
  s.normalise(weights, training, moments);
  return s.options.track_range ? s.min_max_of(moments) : MinMax{};
}

void Block::forward_apply(const BlockOutput& output) {
  State& s = *state_;
  if (output.grid == nullptr && output.codes != nullptr) {
    throw ValueError("block: an output in codes needs a grid");
  }
  if (output.grid != nullptr && output.values.bf16 != nullptr) {
    throw ValueError("block: values on a grid are float32, not bfloat16");
  }
  s.has_grid = output.grid != nullptr;
  if (s.has_grid) s.grid = *output.grid;
  const ActivationLimits limits(s.options.activation, output.grid);
  const bool not_saved = !s.saved && !s.geometry.identity;
  if (not_saved || (s.has_grid && s.saved.bf16 != nullptr)) return s.apply_again(limits, output);
  const int64_t chunk = std::max<int64_t>(1, kPassFloats / s.channels);
  parallel_for(s.rows(), std::max(chunk, kPartFloats / s.channels), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row += chunk) {
      const int64_t count = std::min(chunk, end - row);
      s.apply(s.products(s.input, row, count), row, count, limits, output);
    }
  });
}

}  // namespace nudge::kernels
