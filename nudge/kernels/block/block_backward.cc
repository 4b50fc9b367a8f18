#include <algorithm>
#include <utility>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/kernels/block/block_state.h"
#include "nudge/kernels/channels/gradient_operands.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/elementwise/add_to.h"

namespace nudge::kernels {

Block::State::GradientSums Block::State::reduce(const BlockInput& from, const ConstReals& dy,
                                                const ActivationLimits& limits, const uint8_t* codes) const {
  const size_t n = scale.size();
  const int64_t chunk = std::max<int64_t>(8, kPassFloats / channels);
  const int parts = part_count(rows(), std::max(chunk, kPartFloats / channels), 1);
  std::vector<GradientSums> partial(static_cast<size_t>(parts));
  const ActivationLimits activation(options.activation, nullptr);
  for_parts(parts, rows(), 1, [&](size_t part, int64_t begin, int64_t end) {
    GradientSums& sums = partial[part];
    sums.plain.assign(n, 0.0);
    sums.centred.assign(n, 0.0);
    Floats plain(n), centred(n), below(n), above(n), rounding(n);
    for (int64_t row = begin; row < end; row += chunk) {
      std::fill(plain.begin(), plain.end(), 0.0f);
      std::fill(centred.begin(), centred.end(), 0.0f);
      const int64_t at = row * channels, count = std::min(chunk, end - row);
      const ConstReals x = products(from, row, count);
      if (codes == nullptr) {
        reduce_gradient(x, dy.at(at), count, channels, affine(), limits, plain.data(), centred.data());
      } else {
        for (Floats* of_range : {&below, &above, &rounding})
          std::fill(of_range->begin(), of_range->end(), 0.0f);
        reduce_gradient(x, dy.at(at), count, channels, affine(), limits,
                        {codes + at, grid, activation, below.data(), above.data(), rounding.data()},
                        plain.data(), centred.data());
        for (size_t c = 0; c < n; ++c) sums.range += {below[c], above[c], rounding[c]};
      }
      for (size_t c = 0; c < n; ++c) {
        sums.plain[c] += plain[c];
        sums.centred[c] += centred[c];
      }
    }
  });
  for (size_t part = 1; part < partial.size(); ++part) {
    partial[0].range += partial[part].range;
    for (size_t c = 0; c < n; ++c) {
      partial[0].plain[c] += partial[part].plain[c];
      partial[0].centred[c] += partial[part].centred[c];
    }
  }
  return std::move(partial[0]);
}

void Block::State::write_vector_gradients(const GradientSums& sums, const BlockGradients& gradients) const {
  const auto put = [&](float* to, size_t c, double value) {
    if (to != nullptr) to[c] = static_cast<float>(value) + (gradients.accumulate ? to[c] : 0.0f);
  };
  for (size_t c = 0; c < scale.size(); ++c) {
    put(gradients.gamma, c, sums.centred[c] * static_cast<double>(scale[c]) * inverse_deviation[c]);
    put(gradients.beta, c, sums.plain[c]);
    // Batch statistics take a bias out again.
    const double through = !options.batch_norm ? 1.0 : static_cast<double>(gamma[c]) * inverse_deviation[c];
    put(gradients.bias, c, batch_statistics ? 0.0 : sums.plain[c] * through);
  }
}

void Block::State::multiply_backward(const BlockInput& from, const BlockWeights& weights,
                                     const GradientRows& gradient, const BlockGradients& gradients,
                                     const Reals& dx, bool accumulate_dx) const {
  const InputRows rows(from, geometry);
  ConvolutionKernel kernel_values =
      quantized ? quantized->kernel() : ConvolutionKernel{.values = weights.kernel};
  if (dx && !product->backward_in_float32(kernel_values)) {
    uint32_t* words = scratch_words(Scratch::kKernelPairs, product->transposed_words());
    product->pack_transposed(kernel_values.values, words);
    kernel_values.transposed_pairs = words;
  }
  const int64_t units = product->units(batch), size = geometry.kernel_size();
  // Each part has a kernel's gradient of its own: of a large kernel there are no more than threads.
  const int64_t each = std::clamp<int64_t>((int64_t{1} << 16) / std::max<int64_t>(size, 1), 1, 4);
  const int parts = part_count(units, product->backward_grain(), product->backward_align(), each);
  const bool wanted = gradients.kernel != nullptr;
  float* sums = wanted ? scratch_floats(Scratch::kKernelGradient, parts * size) : nullptr;
  for_parts(parts, units, product->backward_align(), [&](size_t part, int64_t begin, int64_t end) {
    float* sum = wanted ? sums + static_cast<int64_t>(part) * size : nullptr;
    if (wanted) std::fill_n(sum, size, 0.0f);
    for (int64_t unit = begin; unit < end;) {
      const int64_t stop = std::min(end, unit + product->backward_chunk());
      product->backward(rows, kernel_values, unit, stop, gradient, sum, dx, accumulate_dx);
      unit = stop;
    }
  });
  if (!wanted) return;
  Floats unit(scale.size());
  for (size_t c = 0; c < unit.size(); ++c) {
    // The gradient came with the weight's scale for dx; the weight's own gradient is without it.
    unit[c] = quantized ? input_scale / quantized->scale(static_cast<int64_t>(c)) : input_scale;
  }
  const int64_t grain = std::max<int64_t>(1, kPartFloats / channels);
  parallel_for(geometry.kernel_rows(), grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      float* sum = sums + row * channels;
      for (int part = 1; part < parts; ++part) add_to(sum + part * size, channels, sum);
      float* to = gradients.kernel + row * channels;
      for (int64_t c = 0; c < channels; ++c) {
        to[c] = sum[c] * unit[static_cast<size_t>(c)] + (gradients.accumulate ? to[c] : 0.0f);
      }
    }
  });
}

void Block::backward(const BlockInput& input, const BlockWeights& weights, const ConstReals& dy,
                     const BlockGradients& gradients, const Reals& dx, bool accumulate_dx) {
  const State& s = *state_;
  s.check_format(dy, "the output's gradient");
  if (dx) s.check_format(dx, "the input's gradient");
  const ActivationLimits limits(s.options.activation, s.has_grid ? &s.grid : nullptr);
  const size_t n = s.scale.size();
  State::GradientSums sums;
  const bool wants_range = gradients.range != nullptr && s.has_grid && !s.grid.degenerate();
  if (wants_range && gradients.codes == nullptr) {
    throw ValueError("block: the gradient of a range needs the output's codes");
  }
  if (s.batch_statistics || wants_range || gradients.bias != nullptr || gradients.gamma != nullptr ||
      gradients.beta != nullptr) {
    sums = s.reduce(input, dy, limits, wants_range ? gradients.codes : nullptr);
    s.write_vector_gradients(sums, gradients);
    if (wants_range) *gradients.range += sums.range.gradient(s.grid);
  }
  if (gradients.kernel == nullptr && !dx) return;
  // With batch statistics: gamma / deviation * (g - mean(g) - normalised * mean(g * normalised)), times the
  // weight's scale, so that a product with whole-number weights gives the input's gradient.
  Floats by_gradient(n), by_value(n), constant(n);
  for (size_t c = 0; c < n; ++c) {
    const double weight_scale = s.quantized ? s.quantized->scale(static_cast<int64_t>(c)) : 1.0;
    const double deviation = s.options.batch_norm ? s.inverse_deviation[c] : 1.0;
    const double through = weight_scale * deviation * (s.options.batch_norm ? s.gamma[c] : 1.0);
    by_gradient[c] = static_cast<float>(through);
    if (!s.batch_statistics) continue;
    const double unit = s.scale[c] * deviation;
    const double count = static_cast<double>(s.rows());
    by_value[c] = static_cast<float>(-through * unit * unit * sums.centred[c] / count);
    constant[c] = static_cast<float>(-through * sums.plain[c] / count);
  }
  const GradientAffine affine{by_gradient.data(), by_value.data(), constant.data()};
  const GradientRows gradient_rows{.floats =
                                       [&](int64_t first, int64_t count, float* out) {
                                         const int64_t at = first * s.channels;
                                         apply_gradient(s.products(input, first, count), dy.at(at), count,
                                                        s.channels, s.affine(), limits, affine, out);
                                       },
                                   .pairs =
                                       [&](int64_t first, int64_t count, const GradientOperands& out) {
                                         const int64_t at = first * s.channels;
                                         write_gradient_operands(s.products(input, first, count), dy.at(at),
                                                                 count, s.channels, s.affine(), limits,
                                                                 affine, out);
                                       }};
  s.multiply_backward(input, weights, gradient_rows, gradients, dx, accumulate_dx);
}

}  // namespace nudge::kernels
