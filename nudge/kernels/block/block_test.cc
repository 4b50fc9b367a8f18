#include "nudge/kernels/block/block.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nudge/base/cpu.h"
#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/block/block_reference.h"
#include "nudge/kernels/cpu/target_test.h"
#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/kernels/elementwise/range_gradient.h"

namespace nudge::kernels {
namespace {

using Floats = std::vector<float>;

Doubles widened(const Floats& x) { return {x.begin(), x.end()}; }

struct Shape {
  BlockProduct product;
  int64_t height, width, in, out, kernel, stride, dilation;
  int64_t batch;
};

BlockOptions options_of(const Shape& s) {
  BlockOptions o;
  o.product = s.product;
  o.in_height = s.height;
  o.in_width = s.width;
  o.in_channels = s.in;
  o.out_channels = s.out;
  o.kernel_height = o.kernel_width = s.kernel;
  o.stride_height = o.stride_width = s.stride;
  o.dilation_height = o.dilation_width = s.dilation;
  // SAME, with the odd pixel at the end.
  const auto same = [&](int64_t n, int64_t& before, int64_t& after) {
    const int64_t out = (n + s.stride - 1) / s.stride;
    const int64_t total = std::max<int64_t>(0, (out - 1) * s.stride + (s.kernel - 1) * s.dilation + 1 - n);
    before = total / 2;
    after = total - before;
  };
  same(s.height, o.pad_top, o.pad_bottom);
  same(s.width, o.pad_left, o.pad_right);
  return o;
}

constexpr BlockProduct kConv = BlockProduct::kConv2D, kDepthwise = BlockProduct::kDepthwiseConv2D,
                       kDense = BlockProduct::kDense, kNone = BlockProduct::kNone;

// The classes of shapes in MobileNet, MobileNetV2, ResNet and the small CNN, with odd sizes and channels that
// fill no vector.
const Shape kShapes[] = {{kConv, 9, 11, 3, 32, 3, 2, 1, 2},        {kConv, 8, 8, 3, 5, 3, 1, 1, 1},
                         {kConv, 7, 7, 16, 24, 1, 1, 1, 3},        {kConv, 5, 9, 19, 13, 1, 1, 1, 1},
                         {kConv, 9, 9, 8, 16, 1, 2, 1, 2},         {kConv, 11, 10, 4, 7, 3, 1, 2, 2},
                         {kConv, 12, 12, 6, 9, 5, 3, 1, 2},        {kConv, 15, 15, 3, 17, 7, 2, 1, 2},
                         {kDepthwise, 9, 9, 32, 32, 3, 1, 1, 2},   {kDepthwise, 11, 8, 19, 19, 3, 2, 1, 3},
                         {kDepthwise, 10, 10, 8, 8, 5, 1, 1, 1},   {kDepthwise, 13, 9, 6, 6, 5, 2, 1, 2},
                         {kDepthwise, 9, 9, 5, 5, 3, 1, 2, 2},     {kDepthwise, 7, 6, 4, 12, 3, 2, 1, 2},
                         {kDepthwise, 40, 70, 33, 33, 3, 1, 1, 1}, {kDepthwise, 4, 4, 9, 9, 2, 3, 1, 2},
                         {kDense, 1, 1, 37, 10, 1, 1, 1, 5},       {kDense, 1, 1, 64, 5, 1, 1, 1, 16},
                         {kConv, 20, 20, 24, 96, 1, 1, 1, 4},      {kConv, 1, 1, 96, 24, 1, 1, 1, 1},
                         {kNone, 1, 1, 37, 37, 1, 1, 1, 50},       {kNone, 1, 1, 24, 24, 1, 1, 1, 3000}};

std::string name_of(const Shape& s) {
  return "product " + std::to_string(static_cast<int>(s.product)) + " " + std::to_string(s.height) + "x" +
         std::to_string(s.width) + "x" + std::to_string(s.in) + " to " + std::to_string(s.out) + " kernel " +
         std::to_string(s.kernel) + " stride " + std::to_string(s.stride) + " dilation " +
         std::to_string(s.dilation) + " batch " + std::to_string(s.batch);
}

// One block with its data, run and compared with the reference.
class Trial {
 public:
  Trial(const Shape& shape, BlockOptions options, uint64_t seed)
      : options_(options), batch_(shape.batch), random_(seed) {
    Block block(options_);
    x_ = normals(block.input_size(batch_), 1.0);
    kernel_ = normals(block.kernel_size(), 0.3);
    const int64_t channels = options_.out_channels;
    if (options_.bias) bias_ = normals(channels, 0.5);
    if (options_.batch_norm) {
      gamma_ = normals(channels, 1.0);
      beta_ = normals(channels, 0.5);
      moving_mean_ = normals(channels, 0.5);
      for (int64_t c = 0; c < channels; ++c)
        moving_variance_.push_back(static_cast<float>(random_.uniform(0.5, 2)));
    }
    dy_ = normals(block.output_size(batch_), 1.0);
  }

  void use_codes(const Grid& grid) {
    input_grid_ = grid;
    codes_.resize(x_.size());
    quantize(x_.data(), static_cast<int64_t>(x_.size()), grid, codes_.data());
    dequantize(codes_.data(), static_cast<int64_t>(x_.size()), grid, x_.data());
  }

  void run_and_compare(bool training, bool quantize_output) {
    Block block(options_);
    const int64_t size = block.output_size(batch_);
    Floats mean = moving_mean_, variance = moving_variance_;
    BlockInput input;
    if (codes_.empty()) {
      input.values = x_.data();
    } else {
      input.codes = codes_.data();
      input.grid = input_grid_;
    }
    Floats saved(static_cast<size_t>(block.saved_size(batch_, input)));
    const BlockWeights weights{.kernel = kernel_.data(),
                               .bias = bias_.empty() ? nullptr : bias_.data(),
                               .gamma = gamma_.empty() ? nullptr : gamma_.data(),
                               .beta = beta_.empty() ? nullptr : beta_.data(),
                               .moving_mean = mean.data(),
                               .moving_variance = variance.data()};
    const MinMax range = block.forward_product(input, weights, batch_, training, saved.data());

    const BlockReference reference({.options = options_,
                                    .batch = batch_,
                                    .training = training,
                                    .x = widened(x_),
                                    .kernel = widened(quantized_kernel(block)),
                                    .bias = widened(bias_),
                                    .gamma = widened(gamma_),
                                    .beta = widened(beta_),
                                    .moving_mean = widened(moving_mean_),
                                    .moving_variance = widened(moving_variance_)});
    const MinMax expected = reference.range();
    const Grid grid = nudge_range(std::min(0.0f, expected.min * 0.75f), std::max(0.0f, expected.max * 0.75f));
    const Grid* output_grid = quantize_output ? &grid : nullptr;
    Floats values(static_cast<size_t>(size));
    std::vector<uint8_t> codes(values.size());
    block.forward_apply(
        {.values = values.data(), .codes = quantize_output ? codes.data() : nullptr, .grid = output_grid});
    compare_forward(block, reference, range, values, codes, output_grid);
    if (training && options_.batch_norm) compare_moving(reference, mean, variance);

    const std::vector<bool> fragile = reference.fragile(output_grid);
    Floats dy = dy_;
    for (size_t i = 0; i < dy.size(); ++i) {
      if (fragile[i]) dy[i] = 0.0f;
    }
    const BlockReference::Gradients truth = reference.backward(widened(dy), output_grid);
    Floats dx(x_.size(), 7.0f), dkernel(kernel_.size(), 7.0f), dbias(bias_.size()), dgamma(gamma_.size()),
        dbeta(beta_.size());
    BlockGradients gradients{.kernel = dkernel.data(),
                             .bias = bias_.empty() ? nullptr : dbias.data(),
                             .gamma = gamma_.empty() ? nullptr : dgamma.data(),
                             .beta = beta_.empty() ? nullptr : dbeta.data()};
    RangeGradient range_slope;
    if (quantize_output) {
      gradients.range = &range_slope;
      EXPECT_THROW(block.backward(input, weights, dy.data(), gradients, dx.data()), ValueError);
      gradients.codes = codes.data();
    }
    block.backward(input, weights, dy.data(), gradients, dx.data());
    if (quantize_output) compare_range(reference, dy, values, grid, range_slope);
    gradients.range = nullptr;
    near("dx", dx, truth.x);
    near("dkernel", dkernel, truth.kernel);
    if (!(options_.batch_norm && training)) near("dbias", dbias, truth.bias);
    near("dgamma", dgamma, truth.gamma);
    near("dbeta", dbeta, truth.beta);

    // Once more, added to what is there.
    gradients.accumulate = true;
    block.backward(input, weights, dy.data(), gradients, dx.data(), true);
    near("twice dx", dx, truth.x, 2.0);
    near("twice dkernel", dkernel, truth.kernel, 2.0);
    near("twice dbeta", dbeta, truth.beta, 2.0);
  }

 private:
  Floats normals(int64_t n, double deviation) {
    Floats values(static_cast<size_t>(n));
    for (float& v : values) v = static_cast<float>(random_.normal() * deviation);
    return values;
  }

  Floats quantized_kernel(const Block& block) const {
    if (!options_.quantize_weights) return kernel_;
    std::vector<Grid> grids(block.weight_grids().begin(), block.weight_grids().end());
    if (!options_.per_channel) grids.resize(static_cast<size_t>(options_.out_channels), grids[0]);
    Floats on_grid(kernel_.size());
    const int64_t channels = options_.out_channels;
    fake_quantize(kernel_.data(), {static_cast<int64_t>(kernel_.size()) / channels, channels, 1}, grids,
                  on_grid.data());
    return on_grid;
  }

  static void near(const std::string& what, const Floats& got, const Doubles& expected, double factor = 1.0) {
    if (got.empty()) return;
    ASSERT_EQ(got.size(), expected.size()) << what;
    double largest = 1e-3;
    for (const double v : expected) largest = std::max(largest, std::abs(v * factor));
    for (size_t i = 0; i < got.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(got[i]), expected[i] * factor, 1e-5 * largest) << what << " at " << i;
    }
  }

  void compare_forward(const Block& block, const BlockReference& reference, const MinMax& range,
                       const Floats& values, const std::vector<uint8_t>& codes, const Grid* grid) const {
    if (options_.track_range) {
      EXPECT_NEAR(range.min, reference.range().min, 1e-5 * (1 + std::abs(reference.range().min)));
      EXPECT_NEAR(range.max, reference.range().max, 1e-5 * (1 + std::abs(reference.range().max)));
    }
    if (grid == nullptr) {
      near("output", values, reference.activated());
    } else {
      Floats back(codes.size());
      dequantize(codes.data(), static_cast<int64_t>(codes.size()), *grid, back.data());
      EXPECT_EQ(back, values);
      for (size_t i = 0; i < values.size(); ++i) {
        // Half a step, and what rounding before it may add.
        const double cut = std::clamp(reference.activated()[i], static_cast<double>(grid->nudged_min),
                                      static_cast<double>(grid->nudged_max));
        ASSERT_NEAR(static_cast<double>(values[i]), cut, 0.5001 * static_cast<double>(grid->scale))
            << "output at " << i;
      }
    }
    EXPECT_EQ(block.weight_grids().empty(), !options_.quantize_weights);
  }

  // The values that went onto the grid are the reference's, their codes the block's own: a value between two
  // of them may go either way.
  static void compare_range(const BlockReference& reference, const Floats& dy, const Floats& values,
                            const Grid& grid, const RangeGradient& got) {
    RangeSums sums;
    double size = 1.0;
    for (size_t i = 0; i < dy.size(); ++i) {
      const double x = reference.activated()[i], slope = dy[i];
      size += std::abs(slope);
      if (x < static_cast<double>(grid.nudged_min)) {
        sums.below += slope;
      } else if (x > static_cast<double>(grid.nudged_max)) {
        sums.above += slope;
      } else {
        sums.rounding += slope * (static_cast<double>(values[i]) - x);
      }
    }
    EXPECT_NEAR(got.min, sums.gradient(grid).min, 1e-5 * size);
    EXPECT_NEAR(got.max, sums.gradient(grid).max, 1e-5 * size);
  }

  void compare_moving(const BlockReference& reference, const Floats& mean, const Floats& variance) const {
    Doubles expected_mean = widened(moving_mean_), expected_variance = widened(moving_variance_);
    const double keep = options_.momentum;
    for (size_t c = 0; c < expected_mean.size(); ++c) {
      expected_mean[c] = expected_mean[c] * keep + reference.mean()[c] * (1 - keep);
      expected_variance[c] = expected_variance[c] * keep + reference.variance()[c] * (1 - keep);
    }
    near("moving mean", mean, expected_mean);
    near("moving variance", variance, expected_variance);
  }

  BlockOptions options_;
  int64_t batch_;
  Random random_;
  Floats x_, kernel_, bias_, gamma_, beta_, moving_mean_, moving_variance_, dy_;
  std::vector<uint8_t> codes_;
  Grid input_grid_;
};

class BlockOnTarget : public TargetTest {};

TEST_P(BlockOnTarget, FloatMatchesTheFormulas) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(name_of(shape) + ", seed 21");
    BlockOptions options = options_of(shape);
    options.bias = true;
    options.track_range = true;
    Trial(shape, options, 21).run_and_compare(true, false);
    options.activation = {.relu = true};
    Trial(shape, options, 21).run_and_compare(true, false);
  }
}

TEST_P(BlockOnTarget, BatchNormalizationMatchesTheFormulas) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(name_of(shape) + ", seed 22");
    // A few rows of a large deviation make no statistics worth comparing to five digits.
    if (shape.batch * shape.height * shape.width < 8) continue;
    BlockOptions options = options_of(shape);
    options.batch_norm = true;
    options.track_range = true;
    options.activation = {.relu = true, .max_value = 1.0f};
    for (const bool training : {true, false}) Trial(shape, options, 22).run_and_compare(training, false);
    options.bias = true;
    options.activation = {.relu = true, .negative_slope = 0.2f};
    for (const bool training : {true, false}) Trial(shape, options, 23).run_and_compare(training, false);
  }
}

TEST_P(BlockOnTarget, QuantizedMatchesTheFormulas) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(name_of(shape) + ", seed 24");
    if (shape.batch * shape.height * shape.width < 8 && shape.product != kDense) continue;
    BlockOptions options = options_of(shape);
    options.quantize_weights = shape.product != kNone;
    options.track_range = true;
    options.batch_norm = shape.product != kDense;
    options.bias = shape.product == kDense;
    options.activation = {.relu = true, .max_value = 6.0f};
    for (const bool per_channel : {true, false}) {
      options.per_channel = per_channel;
      for (const Grid& grid : {nudge_range(-2.0f, 2.5f), nudge_range(0.0f, 3.0f)}) {
        Trial trial(shape, options, 24);
        trial.use_codes(grid);
        trial.run_and_compare(true, true);
        trial.run_and_compare(false, true);
      }
    }
    Trial(shape, options, 25).run_and_compare(true, true);
  }
}

NUDGE_EACH_TARGET(BlockOnTarget);

// Large enough that processors with fast integer products make them again instead of saving them.
TEST(Block, AProductThatIsMadeAgainMatchesTheFormulas) {
  const Shape shape{kConv, 80, 82, 20, 84, 1, 1, 1, 1};
  BlockOptions options = options_of(shape);
  options.quantize_weights = options.track_range = options.batch_norm = true;
  for (const float slope : {0.0f, 0.2f}) {
    options.activation = {.relu = true, .max_value = 6.0f, .negative_slope = slope};
    Trial trial(shape, options, 27);
    trial.use_codes(nudge_range(-2.0f, 2.5f));
    trial.run_and_compare(true, true);
    trial.run_and_compare(false, true);
    trial.run_and_compare(true, false);
  }
}

TEST(Block, OnlyWhatIsSoonerReadIsSaved) {
  BlockOptions options = options_of({kConv, 80, 82, 20, 84, 1, 1, 1, 1});
  options.quantize_weights = true;
  const std::vector<uint8_t> codes(1);
  const std::vector<float> values(1);
  const BlockInput in_codes{.codes = codes.data()}, in_floats{.values = values.data()};
  const Block block(options);
  EXPECT_EQ(block.saved_size(1, in_codes), cpu_features().vnni ? 0 : block.output_size(1));
  EXPECT_EQ(block.saved_size(1, in_floats), block.output_size(1));
  options.in_channels = 257;
  EXPECT_EQ(Block(options).saved_size(1, in_codes), block.output_size(1));
  options = options_of({kConv, 8, 8, 20, 84, 1, 1, 1, 1});
  options.quantize_weights = true;
  EXPECT_EQ(Block(options).saved_size(1, in_codes), 8 * 8 * 84);
}

// Accumulators of a block of codes, counted in 64-bit integers.
void expect_exact_accumulators(const Shape& shape, bool one_sign, uint64_t seed) {
  SCOPED_TRACE(name_of(shape) + ", seed " + std::to_string(seed));
  BlockOptions options = options_of(shape);
  options.quantize_weights = true;
  Block block(options);
  Random random(seed);
  std::vector<uint8_t> codes(static_cast<size_t>(block.input_size(shape.batch)));
  for (uint8_t& code : codes)
    code = static_cast<uint8_t>(one_sign ? 250 + random.below(6) : random.below(256));
  Floats kernel(static_cast<size_t>(block.kernel_size()));
  for (float& w : kernel) w = static_cast<float>(one_sign ? random.uniform(0.9, 1.0) : random.uniform(-1, 1));
  const BlockInput input{.codes = codes.data(), .grid = nudge_range(one_sign ? 0.0f : -1.0f, 1.0f)};
  Floats saved(static_cast<size_t>(block.saved_size(shape.batch, input)));
  block.forward_product(input, {.kernel = kernel.data()}, shape.batch, true, saved.data());

  std::vector<Grid> grids(block.weight_grids().begin(), block.weight_grids().end());
  std::vector<int8_t> weights(kernel.size());
  quantize(kernel.data(), {static_cast<int64_t>(kernel.size()) / shape.out, shape.out, 1}, grids,
           weights.data());
  Doubles steps(codes.begin(), codes.end());
  for (double& step : steps) step -= input.grid.zero_point;
  // Doubles hold these whole numbers exactly.
  const BlockReference reference(
      {.options = options, .batch = shape.batch, .x = steps, .kernel = {weights.begin(), weights.end()}});
  for (size_t i = 0; i < saved.size(); ++i) {
    ASSERT_EQ(saved[i], static_cast<float>(reference.product()[i])) << i;
  }
}

TEST(BlockAccumulators, AreExact) {
  for (const Shape& shape : kShapes) {
    if (shape.product != kNone) expect_exact_accumulators(shape, false, 31);
  }
}

TEST(BlockAccumulators, AreExactWhereFloatSumsWouldNotBe) {
  // 3 x 3 x 512 weights of one sign reach 2^27.
  expect_exact_accumulators({kConv, 3, 3, 512, 3, 3, 1, 1, 1}, true, 32);
  expect_exact_accumulators({kConv, 4, 4, 960, 5, 1, 1, 1, 1}, true, 33);
}

TEST(Block, GradientsAreThoseOfFiniteDifferences) {
  // A smooth block, so that differences tell: convolution, batch statistics, no activation.
  const Shape shape{kConv, 4, 4, 2, 3, 3, 1, 1, 2};
  BlockOptions options = options_of(shape);
  options.batch_norm = true;
  Random random(41);
  Block block(options);
  Floats x(64), kernel(54), gamma = {1.0f, -0.5f, 2.0f}, beta(3), mean(3), variance(3, 1.0f), dy(96),
                            saved(96), y(96);
  for (Floats* values : {&x, &kernel, &dy}) {
    for (float& v : *values) v = static_cast<float>(random.normal());
  }
  const BlockWeights weights{.kernel = kernel.data(),
                             .gamma = gamma.data(),
                             .beta = beta.data(),
                             .moving_mean = mean.data(),
                             .moving_variance = variance.data()};
  const auto loss = [&] {
    block.forward_product({.values = x.data()}, weights, 2, true, saved.data());
    block.forward_apply({.values = y.data()});
    double sum = 0.0;
    for (size_t i = 0; i < y.size(); ++i) sum += static_cast<double>(y[i]) * static_cast<double>(dy[i]);
    return sum;
  };
  loss();
  Floats dx(64), dkernel(54), dgamma(3);
  block.backward({.values = x.data()}, weights, dy.data(), {.kernel = dkernel.data(), .gamma = dgamma.data()},
                 dx.data());
  const auto check = [&](Floats& values, const Floats& gradient) {
    for (size_t i = 0; i < values.size(); i += 3) {
      const float kept = values[i];
      values[i] = kept + 1e-2f;
      const double above = loss();
      values[i] = kept - 1e-2f;
      const double below = loss();
      values[i] = kept;
      EXPECT_NEAR(static_cast<double>(gradient[i]), (above - below) / 2e-2, 2e-2) << i << " seed 41";
    }
  };
  check(x, dx);
  check(kernel, dkernel);
  check(gamma, dgamma);
}

TEST(Block, GivesTheSameBitsAgain) {
  for (const BlockProduct product : {kConv, kDepthwise}) {
    const Shape shape{product, 30, 30, 24, 24, 3, 1, 1, 4};
    BlockOptions options = options_of(shape);
    options.batch_norm = true;
    options.activation = {.relu = true};
    Random random(51);
    Block block(options);
    const size_t size = static_cast<size_t>(block.output_size(4));
    Floats x(size), kernel(static_cast<size_t>(block.kernel_size())), dy(size);
    for (Floats* values : {&x, &kernel, &dy}) {
      for (float& v : *values) v = static_cast<float>(random.normal());
    }
    const auto run = [&] {
      Floats mean(24), variance(24, 1.0f), saved(size), y(size), dx(size), dkernel(kernel.size());
      const BlockWeights weights{
          .kernel = kernel.data(), .moving_mean = mean.data(), .moving_variance = variance.data()};
      block.forward_product({.values = x.data()}, weights, 4, true, saved.data());
      block.forward_apply({.values = y.data()});
      block.backward({.values = x.data()}, weights, dy.data(), {.kernel = dkernel.data()}, dx.data());
      Floats all = y;
      all.insert(all.end(), dx.begin(), dx.end());
      all.insert(all.end(), dkernel.begin(), dkernel.end());
      all.insert(all.end(), mean.begin(), mean.end());
      all.insert(all.end(), variance.begin(), variance.end());
      return all;
    };
    EXPECT_EQ(run(), run());
  }
}

TEST(Block, StatisticsStandALargeMean) {
  // A deviation of a ten-thousandth of the mean.
  BlockOptions options = options_of({kDense, 1, 1, 1, 1, 1, 1, 1, 4096});
  options.batch_norm = true;
  Block block(options);
  Random random(61);
  Floats x(4096), saved(4096), kernel = {1.0f}, mean(1), variance(1);
  double sum = 0.0, square = 0.0;
  for (float& v : x) {
    v = static_cast<float>(1000.0 + 0.1 * random.normal());
    sum += static_cast<double>(v);
  }
  for (const float v : x)
    square += (static_cast<double>(v) - sum / 4096) * (static_cast<double>(v) - sum / 4096);
  block.forward_product(
      {.values = x.data()},
      {.kernel = kernel.data(), .moving_mean = mean.data(), .moving_variance = variance.data()}, 4096, true,
      saved.data());
  EXPECT_NEAR(block.batch_mean()[0], sum / 4096, 1e-4);
  EXPECT_NEAR(block.batch_variance()[0] / (square / 4096), 1.0, 1e-5) << "seed 61";
}

TEST(Block, NanReachesTheRangeAndTheValues) {
  BlockOptions options = options_of({kConv, 4, 4, 3, 5, 1, 1, 1, 1});
  options.track_range = true;
  options.activation = {.relu = true, .max_value = 6.0f};
  Block block(options);
  Floats x(48, 1.0f), kernel(15, 0.5f), saved(80), y(80);
  x[7] = std::numeric_limits<float>::quiet_NaN();
  const MinMax range =
      block.forward_product({.values = x.data()}, {.kernel = kernel.data()}, 1, true, saved.data());
  EXPECT_TRUE(std::isnan(range.min));
  EXPECT_TRUE(std::isnan(range.max));
  block.forward_apply({.values = y.data()});
  EXPECT_TRUE(std::isnan(y[10]));
  EXPECT_FALSE(std::isnan(y[0]));
}

TEST(Block, GridsOfNoWidthGiveZeros) {
  BlockOptions options = options_of({kConv, 4, 4, 3, 5, 1, 1, 1, 1});
  options.quantize_weights = true;
  Block block(options);
  const Grid nothing = nudge_range(0.0f, 0.0f);
  std::vector<uint8_t> codes(48), out(80, 9);
  Floats kernel(15), saved(80), dkernel(15, 7.0f), dx(48, 7.0f), dy(80, 1.0f), y(80, 9.0f);
  const BlockInput input{.codes = codes.data(), .grid = nothing};
  const BlockWeights weights{.kernel = kernel.data()};
  block.forward_product(input, weights, 1, true, saved.data());
  block.forward_apply({.values = y.data(), .codes = out.data(), .grid = &nothing});
  block.backward(input, weights, dy.data(), {.kernel = dkernel.data()}, dx.data());
  EXPECT_EQ(y, Floats(80, 0.0f));
  EXPECT_EQ(out, std::vector<uint8_t>(80, 0));
  EXPECT_EQ(dkernel, Floats(15, 0.0f));
  EXPECT_EQ(dx, Floats(48, 0.0f));
}

TEST(BlockErrors, AreTyped) {
  BlockOptions options = options_of({kConv, 4, 4, 3, 5, 3, 1, 1, 1});
  const auto refused = [](BlockOptions wrong) { EXPECT_THROW(Block{wrong}, ValueError); };
  BlockOptions wrong = options;
  wrong.in_channels = 0;
  refused(wrong);
  wrong = options;
  wrong.pad_left = -1;
  refused(wrong);
  wrong = options;
  wrong.dilation_height = 4;
  refused(wrong);
  wrong = options;
  wrong.product = kDepthwise;
  refused(wrong);
  wrong = options;
  wrong.product = kDense;
  refused(wrong);
  wrong = options;
  wrong.quantize_weights = true;
  wrong.weight_bits = 9;
  refused(wrong);
  wrong = options_of({kNone, 1, 1, 3, 3, 1, 1, 1, 1});
  wrong.out_channels = 6;
  refused(wrong);
  wrong.out_channels = 3;
  wrong.quantize_weights = true;
  refused(wrong);

  options.quantize_weights = true;
  Block block(options);
  Floats x(48), kernel(135, 1.0f), saved(80);
  std::vector<uint8_t> codes(80);
  EXPECT_THROW(block.forward_product({}, {.kernel = kernel.data()}, 1, true, saved.data()), ValueError);
  kernel[3] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(block.forward_product({.values = x.data()}, {.kernel = kernel.data()}, 1, true, saved.data()),
               NumericError);
  EXPECT_THROW(block.forward_apply({.codes = codes.data()}), ValueError);
}

}  // namespace
}  // namespace nudge::kernels
