#include "nudge/kernels/block.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/batch_statistics.h"
#include "nudge/kernels/channel_passes.h"
#include "nudge/kernels/pair_gemm.h"
#include "nudge/kernels/product.h"
#include "nudge/kernels/quantized_kernel.h"
#include "nudge/kernels/scratch.h"

namespace nudge::kernels {
namespace {

constexpr int64_t kPassFloats = 16384;

using Floats = std::vector<float>;

// Cuts [0, n) at multiples of `align` into parts at least `grain` long and calls body(part, begin, end) for
// each in parallel; a single part runs outside of any parallel region, so that its products use all threads.
int part_count(int64_t n, int64_t grain, int64_t align) {
  const int64_t most = std::min((n + grain - 1) / grain, (n + align - 1) / align);
  return static_cast<int>(std::clamp<int64_t>(most, 1, thread_count()));
}

template <class Body>
void for_parts(int parts, int64_t n, int64_t align, const Body& body) {
  const int64_t blocks = (n + align - 1) / align;
  const auto start = [&](int64_t part) { return std::min(n, blocks * part / parts * align); };
  parallel_for(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part)
      body(static_cast<size_t>(part), start(part), start(part + 1));
  });
}

}  // namespace

struct Block::State {
  explicit State(const BlockOptions& o)
      : options(o),
        geometry(o),
        product(make_product(geometry, o.bf16)),
        channels(o.out_channels),
        scale(static_cast<size_t>(channels), 1.0f),
        shift(scale.size()),
        gain(scale.size()),
        offset(scale.size()),
        inverse_deviation(scale.size(), 1.0f) {
    if (o.quantize_weights) {
      quantized =
          std::make_unique<QuantizedKernel>(geometry, o.per_channel, o.weight_bits);
    }
    if (o.batch_norm) {
      mean.resize(scale.size());
      variance.resize(scale.size());
    }
  }

  void check_format(const ConstReals& reals, const char* what) const {
    if (options.bf16 ? reals.bf16 == nullptr : reals.f32 == nullptr) {
      throw ValueError(std::string("block: ") + what + " must be in " + (options.bf16 ? "bfloat16" : "float32"));
    }
  }
  void check(const BlockInput& given, const Reals& place) const {
    if (static_cast<bool>(given.values) == (given.codes != nullptr)) {
      throw ValueError("block: the input is either values or codes, given both or none");
    }
    if (given.values) check_format(given.values, "the input");
    check_format(place, "the product");
  }

  ChannelAffine affine() const { return {shift.data(), gain.data(), offset.data()}; }
  int64_t rows() const { return batch * geometry.out_pixels(); }

  template <class Body>
  void for_each_product(int parts, const Body& body) const;
  int product_parts() const;
  ChannelMoments multiply(bool statistics);
  void pack_kernel();
  void apply(const ConstReals& products, int64_t first, int64_t count, const ActivationLimits& limits,
             const BlockOutput& output) const;
  void normalise(const BlockWeights& weights, bool training, const ChannelMoments& moments);
  Range range_of(const ChannelMoments& moments) const;

  // Sums of the masked gradient and of it times (saved - shift), per channel.
  struct GradientSums {
    std::vector<double> plain, centred;
  };
  GradientSums reduce(const ConstReals& dy, const ActivationLimits& limits) const;
  void write_vector_gradients(const GradientSums& sums, const BlockGradients& gradients) const;
  void multiply_backward(const BlockInput& from, const BlockWeights& weights, const GradientRows& gradient,
                         const BlockGradients& gradients, const Reals& dx, bool accumulate_dx) const;

  BlockOptions options;
  Geometry geometry;
  std::unique_ptr<ProductKind> product;
  int64_t channels;
  std::unique_ptr<QuantizedKernel> quantized;

  // Of the last forward.
  int64_t batch = 0;
  bool batch_statistics = false;  // normalised by the batch
  BlockInput input;
  ProductKernel kernel;
  std::vector<uint32_t> kernel_pairs;
  Reals saved;
  bool has_grid = false;
  Grid grid;
  float input_scale = 1.0f;
  Floats scale;                // real value of 1 in `saved`, per channel
  Floats shift, gain, offset;  // see ChannelAffine
  Floats inverse_deviation;    // 1 / sqrt(variance + epsilon), in real units
  Floats gamma;
  Floats mean, variance;  // of the batch, in real units
};

// Calls body(part, first row, rows, floats) for every chunk of the product, in parallel parts.
template <class Body>
void Block::State::for_each_product(int parts, const Body& body) const {
  const InputRows rows(input, geometry);
  const int64_t units = product->units(batch), pixels = product->unit_pixels();
  for_parts(parts, units, 1, [&](size_t part, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end;) {
      const int64_t stop = std::min(end, unit + product->forward_chunk());
      const int64_t first = unit * pixels, count = (stop - unit) * pixels;
      float* out = saved.f32 != nullptr ? saved.f32 + first * channels
                                        : scratch_floats(Scratch::kProduct, count * channels);
      product->forward(rows, kernel, unit, stop, out);
      body(part, first, count, out);
      unit = stop;
    }
  });
}

int Block::State::product_parts() const {
  return part_count(product->units(batch), product->forward_grain(), 1);
}

ChannelMoments Block::State::multiply(bool statistics) {
  const int parts = product_parts();
  std::vector<ChannelMoments> moments(static_cast<size_t>(parts));
  for_each_product(parts, [&](size_t part, int64_t first, int64_t count, const float* out) {
    if (statistics) moments[part].add(out, count, channels);
    if (saved.bf16 != nullptr) round_to_bfloat16(out, count * channels, saved.bf16 + first * channels);
  });
  ChannelMoments merged;
  for (const ChannelMoments& part : moments) merged.merge(part);
  return merged;
}

void Block::State::pack_kernel() {
  const int64_t words = pair_count(geometry.kernel_rows()) * channels;
  kernel_pairs.resize(static_cast<size_t>(words));
  pack_pairs(kernel.values, geometry.kernel_rows(), channels, kernel_pairs.data());
  kernel.pairs = kernel_pairs.data();
}

void Block::State::apply(const ConstReals& products, int64_t first, int64_t count,
                         const ActivationLimits& limits, const BlockOutput& output) const {
  const int64_t at = first * channels;
  apply_rows(products, count, channels, affine(), limits, output.grid, output.values.at(at),
             output.codes == nullptr ? nullptr : output.codes + at);
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

Range Block::State::range_of(const ChannelMoments& moments) const {
  // Affine and activation are monotone, so the extremes of a channel stay its extremes; the same code that
  // will compute all values computes these, to the same bits.
  Floats ends(moments.min());
  ends.insert(ends.end(), moments.max().begin(), moments.max().end());
  apply_rows(ends.data(), 2, channels, affine(), ActivationLimits(options.activation, nullptr), nullptr,
             ends.data(), nullptr);
  for (size_t c = 0; c < scale.size(); ++c) {
    if (std::isnan(moments.mean(c))) ends[c] = std::numeric_limits<float>::quiet_NaN();
  }
  return kernels::range_of(ends.data(), 2 * channels);
}

Block::State::GradientSums Block::State::reduce(const ConstReals& dy, const ActivationLimits& limits) const {
  const size_t n = scale.size();
  const int64_t chunk = std::max<int64_t>(8, kPassFloats / channels);
  const int parts = part_count(rows(), chunk, 1);
  std::vector<GradientSums> partial(static_cast<size_t>(parts));
  for_parts(parts, rows(), 1, [&](size_t part, int64_t begin, int64_t end) {
    GradientSums& sums = partial[part];
    sums.plain.assign(n, 0.0);
    sums.centred.assign(n, 0.0);
    Floats plain(n), centred(n);
    for (int64_t row = begin; row < end; row += chunk) {
      std::fill(plain.begin(), plain.end(), 0.0f);
      std::fill(centred.begin(), centred.end(), 0.0f);
      reduce_gradient(saved.at(row * channels), dy.at(row * channels), std::min(chunk, end - row), channels,
                      affine(), limits, plain.data(), centred.data());
      for (size_t c = 0; c < n; ++c) {
        sums.plain[c] += plain[c];
        sums.centred[c] += centred[c];
      }
    }
  });
  for (size_t part = 1; part < partial.size(); ++part) {
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
  ProductKernel kernel_values = quantized ? quantized->kernel() : ProductKernel{.values = weights.kernel};
  if (options.bf16 && !geometry.depthwise && dx) {
    uint32_t* words = scratch_words(Scratch::kKernelPairs, geometry.kernel_rows() * pair_count(channels));
    pack_transposed_pairs(kernel_values.values, geometry.kernel_rows(), channels, words);
    kernel_values.transposed_pairs = words;
  }
  const int64_t units = product->units(batch), size = geometry.kernel_size();
  const int parts = part_count(units, product->backward_grain(), product->backward_align());
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
  const int64_t grain = std::max<int64_t>(1, kPassFloats / channels);
  parallel_for(geometry.kernel_rows(), grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      float* to = gradients.kernel + row * channels;
      for (int64_t c = 0; c < channels; ++c) {
        float sum = 0.0f;
        for (int part = 0; part < parts; ++part) sum += sums[part * size + row * channels + c];
        to[c] = sum * unit[static_cast<size_t>(c)] + (gradients.accumulate ? to[c] : 0.0f);
      }
    }
  });
}

Block::Block(const BlockOptions& options) : state_(std::make_unique<State>(options)) {}
Block::~Block() = default;
Block::Block(Block&&) noexcept = default;
Block& Block::operator=(Block&&) noexcept = default;

const BlockOptions& Block::options() const { return state_->options; }
int64_t Block::out_height() const { return state_->geometry.out_height; }
int64_t Block::out_width() const { return state_->geometry.out_width; }
int64_t Block::input_size(int64_t batch) const { return batch * state_->geometry.in_image(); }
int64_t Block::output_size(int64_t batch) const {
  return batch * state_->geometry.out_pixels() * state_->channels;
}
int64_t Block::kernel_size() const { return state_->geometry.kernel_size(); }

Range Block::forward_product(const BlockInput& input, const BlockWeights& weights, int64_t batch,
                             bool training, const Reals& saved) {
  State& s = *state_;
  s.check(input, saved);
  s.batch = batch;
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
  s.kernel = s.quantized ? s.quantized->kernel() : ProductKernel{.values = weights.kernel};
  if (input.values.bf16 != nullptr && !s.geometry.depthwise) s.pack_kernel();
  for (int64_t c = 0; c < s.channels; ++c) {
    s.scale[static_cast<size_t>(c)] = s.input_scale * (s.quantized ? s.quantized->scale(c) : 1.0f);
  }
  const ChannelMoments moments =
      s.multiply(s.options.track_range || (s.options.batch_norm && training));
  s.normalise(weights, training, moments);
  return s.options.track_range ? s.range_of(moments) : Range{};
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
  if (s.has_grid && s.saved.bf16 != nullptr) {
    s.for_each_product(s.product_parts(), [&](size_t, int64_t first, int64_t count, const float* products) {
      s.apply(products, first, count, limits, output);
    });
    return;
  }
  parallel_for(s.rows(), std::max<int64_t>(1, kPassFloats / s.channels), [&](int64_t begin, int64_t end) {
    s.apply(s.saved.at(begin * s.channels), begin, end - begin, limits, output);
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
  if (s.batch_statistics || gradients.bias != nullptr || gradients.gamma != nullptr ||
      gradients.beta != nullptr) {
    sums = s.reduce(dy, limits);
    s.write_vector_gradients(sums, gradients);
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
  const GradientRows gradient_rows{
      .floats =
          [&](int64_t first, int64_t count, float* out) {
            const int64_t at = first * s.channels;
            apply_gradient(s.saved.at(at), dy.at(at), count, s.channels, s.affine(), limits, affine, out);
          },
      .pairs =
          [&](int64_t first, int64_t count, const PairedRows& out) {
            const int64_t at = first * s.channels;
            apply_gradient(s.saved.bf16 + at, dy.bf16 + at, count, s.channels, s.affine(), limits, affine,
                           out);
          }};
  s.multiply_backward(input, weights, gradient_rows, gradients, dx, accumulate_dx);
}

std::span<const Grid> Block::weight_grids() const {
  return state_->quantized ? state_->quantized->grids() : std::span<const Grid>{};
}
std::span<const float> Block::batch_mean() const { return state_->mean; }
std::span<const float> Block::batch_variance() const { return state_->variance; }

}  // namespace nudge::kernels
