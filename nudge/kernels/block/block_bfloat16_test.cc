// Blocks in bfloat16 against the same blocks in float32, on inputs and gradients that bfloat16 holds: codes,
// ranges and statistics are the same, gradients differ by its rounding.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/kernels/block/block.h"
#include "nudge/kernels/cpu/target_test.h"
#include "nudge/kernels/elementwise/fake_quant.h"

namespace nudge::kernels {
namespace {

using Floats = std::vector<float>;
using Halves = std::vector<Bfloat16>;

// Half a unit in the last place of bfloat16.
constexpr double kRounding = 1.0 / 256;

Halves rounded(const Floats& values) {
  Halves halves(values.size());
  round_to_bfloat16(values.data(), static_cast<int64_t>(values.size()), halves.data());
  return halves;
}

Floats widened(const Halves& halves) {
  Floats values(halves.size());
  widen(halves.data(), static_cast<int64_t>(halves.size()), values.data());
  return values;
}

struct Shape {
  const char* name;
  BlockProduct product;
  int64_t size, in, out, kernel, stride, batch;
};
// Odd channels and sizes, whole and broken vectors, a patch of an odd number of taps.
const Shape kShapes[] = {{"pointwise", BlockProduct::kConv2D, 9, 24, 40, 1, 1, 3},
                         {"odd_pointwise", BlockProduct::kConv2D, 7, 19, 13, 1, 1, 1},
                         {"image", BlockProduct::kConv2D, 17, 3, 32, 3, 2, 2},
                         {"patches", BlockProduct::kConv2D, 8, 6, 9, 3, 1, 2},
                         {"dilated_far", BlockProduct::kConv2D, 11, 4, 21, 5, 3, 1},
                         {"depthwise", BlockProduct::kDepthwiseConv2D, 10, 33, 33, 3, 1, 2},
                         {"depthwise_stride", BlockProduct::kDepthwiseConv2D, 13, 16, 16, 5, 2, 2},
                         {"depthwise_multiplier", BlockProduct::kDepthwiseConv2D, 7, 4, 12, 3, 2, 2}};

BlockOptions options_of(const Shape& s) {
  BlockOptions o;
  o.product = s.product;
  o.in_height = o.in_width = s.size;
  o.in_channels = s.in;
  o.out_channels = s.out;
  o.kernel_height = o.kernel_width = s.kernel;
  o.stride_height = o.stride_width = s.stride;
  o.pad_top = o.pad_left = (s.kernel - 1) / 2;
  o.pad_bottom = o.pad_right = s.kernel / 2;
  o.batch_norm = true;
  o.track_range = true;
  o.activation = {.relu = true, .max_value = 6.0f};
  return o;
}

// What one step leaves.
struct Result {
  MinMax range;
  Floats values, mean, variance;
  std::vector<uint8_t> codes;
  Floats dx, dkernel, dgamma, dbeta;
};

class Bfloat16Trial {
 public:
  // A smooth block has no bends, on the other side of which a rounded product might fall: its gradients tell.
  Bfloat16Trial(const Shape& shape, bool quantized, bool smooth, uint64_t seed)
      : options_(options_of(shape)),
        batch_(shape.batch),
        random_(seed),
        out_(smooth ? nudge_range(-100.0f, 100.0f) : nudge_range(0.0f, 4.0f)) {
    if (smooth) options_.activation = {};
    options_.quantize_weights = quantized;
    const Block block(options_);
    x_ = normals(block.input_size(batch_), 1.0);
    kernel_ = normals(block.kernel_size(), 0.3);
    gamma_ = normals(options_.out_channels, 1.0);
    beta_ = normals(options_.out_channels, 0.5);
    dy_ = normals(block.output_size(batch_), 1.0);
    if (!quantized) return;
    grid_ = nudge_range(-1.5f, 2.0f);
    codes_.resize(x_.size());
    quantize(x_.data(), static_cast<int64_t>(x_.size()), grid_, codes_.data());
  }

  Result run(bool bf16) {
    BlockOptions options = options_;
    options.bf16 = bf16;
    Block block(options);
    const size_t size = static_cast<size_t>(block.output_size(batch_));
    const Halves x = rounded(x_), dy = rounded(dy_);
    Floats saved(bf16 ? 0 : size);
    Halves saved_halves(bf16 ? size : 0);
    BlockInput input{.codes = codes_.empty() ? nullptr : codes_.data(), .grid = grid_};
    if (codes_.empty()) input.values = bf16 ? ConstReals(x.data()) : ConstReals(x_.data());
    Result result;
    result.mean.assign(gamma_.size(), 0.0f);
    result.variance.assign(gamma_.size(), 1.0f);
    const BlockWeights weights{.kernel = kernel_.data(),
                               .gamma = gamma_.data(),
                               .beta = beta_.data(),
                               .moving_mean = result.mean.data(),
                               .moving_variance = result.variance.data()};
    result.range = block.forward_product(input, weights, batch_, true,
                                         bf16 ? Reals(saved_halves.data()) : Reals(saved.data()));
    result.values.resize(size);
    if (codes_.empty()) {
      Halves values(size);
      block.forward_apply({.values = bf16 ? Reals(values.data()) : Reals(result.values.data())});
      if (bf16) result.values = widened(values);
    } else {
      result.codes.resize(size);
      block.forward_apply({.values = result.values.data(), .codes = result.codes.data(), .grid = &out_});
    }
    result.dkernel.resize(kernel_.size());
    result.dgamma.resize(gamma_.size());
    result.dbeta.resize(gamma_.size());
    const BlockGradients gradients{
        .kernel = result.dkernel.data(), .gamma = result.dgamma.data(), .beta = result.dbeta.data()};
    result.dx.assign(x_.size(), 1.0f);
    Halves dx = rounded(result.dx);
    block.backward(input, weights, bf16 ? ConstReals(dy.data()) : ConstReals(dy_.data()), gradients,
                   bf16 ? Reals(dx.data()) : Reals(result.dx.data()), /*accumulate_dx=*/true);
    if (bf16) result.dx = widened(dx);
    return result;
  }

 private:
  // Numbers that bfloat16 holds.
  Floats normals(int64_t n, double deviation) {
    Floats values(static_cast<size_t>(n));
    for (float& v : values) v = to_float(to_bfloat16(static_cast<float>(random_.normal() * deviation)));
    return values;
  }

  BlockOptions options_;
  int64_t batch_;
  Random random_;
  Grid grid_, out_;
  Floats x_, kernel_, gamma_, beta_, dy_;
  std::vector<uint8_t> codes_;
};

double relative_distance(const Floats& a, const Floats& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / size);
}

void expect_close_gradients(const Result& narrow, const Result& wide) {
  EXPECT_LT(relative_distance(narrow.dx, wide.dx), 2 * kRounding);
  EXPECT_LT(relative_distance(narrow.dkernel, wide.dkernel), 2 * kRounding);
  EXPECT_LT(relative_distance(narrow.dgamma, wide.dgamma), 2 * kRounding);
  EXPECT_LT(relative_distance(narrow.dbeta, wide.dbeta), 2 * kRounding);
}

class BlockInBfloat16 : public TargetTest {};

TEST_P(BlockInBfloat16, CodesAndRangesAreThoseOfFloat32) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(std::string(shape.name) + ", seed 71");
    Bfloat16Trial trial(shape, true, false, 71);
    const Result narrow = trial.run(true), wide = trial.run(false);
    EXPECT_EQ(narrow.codes, wide.codes);
    EXPECT_EQ(narrow.values, wide.values);
    EXPECT_EQ(narrow.range.min, wide.range.min);
    EXPECT_EQ(narrow.range.max, wide.range.max);
    EXPECT_EQ(narrow.mean, wide.mean);
    EXPECT_EQ(narrow.variance, wide.variance);
  }
}

TEST_P(BlockInBfloat16, FloatsAreWithinItsRounding) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(std::string(shape.name) + ", seed 72");
    Bfloat16Trial trial(shape, false, false, 72);
    const Result narrow = trial.run(true), wide = trial.run(false);
    EXPECT_LT(relative_distance(narrow.values, wide.values), kRounding);
    // The inputs were numbers of bfloat16, so the sums before it are those of float32 but for their order.
    EXPECT_LT(relative_distance(narrow.mean, wide.mean), 1e-5);
    EXPECT_LT(relative_distance(narrow.variance, wide.variance), 1e-5);
    EXPECT_NEAR(narrow.range.max, wide.range.max, 1e-4);
  }
}

TEST_P(BlockInBfloat16, GradientsAreWithinItsRounding) {
  for (const Shape& shape : kShapes) {
    for (const bool quantized : {true, false}) {
      SCOPED_TRACE(std::string(shape.name) + (quantized ? " of codes" : "") + ", seed 74");
      Bfloat16Trial trial(shape, quantized, true, 74);
      expect_close_gradients(trial.run(true), trial.run(false));
    }
  }
}

TEST_P(BlockInBfloat16, GivesTheSameBitsAgain) {
  for (const Shape& shape : kShapes) {
    Bfloat16Trial trial(shape, true, false, 73);
    const Result once = trial.run(true), again = trial.run(true);
    EXPECT_EQ(once.dx, again.dx) << shape.name;
    EXPECT_EQ(once.dkernel, again.dkernel) << shape.name;
  }
}

NUDGE_EACH_TARGET(BlockInBfloat16);

TEST(BlockInBfloat16Errors, AFormatThatIsNotTheBlocksIsRefused) {
  BlockOptions options = options_of(kShapes[0]);
  const auto refuses = [](const BlockOptions& of, const ConstReals& x, const Reals& saved) {
    Block block(of);
    Floats kernel(static_cast<size_t>(block.kernel_size()));
    EXPECT_THROW(block.forward_product({.values = x}, {.kernel = kernel.data()}, 1, false, saved),
                 ValueError);
  };
  Floats floats(8192);
  Halves halves(8192);
  refuses(options, halves.data(), floats.data());
  refuses(options, floats.data(), halves.data());
  options.bf16 = true;
  refuses(options, floats.data(), halves.data());
  refuses(options, halves.data(), floats.data());

  options.batch_norm = false;
  Block block(options);
  Floats kernel(static_cast<size_t>(block.kernel_size()));
  block.forward_product({.values = halves.data()}, {.kernel = kernel.data()}, 1, true, halves.data() + 4096);
  const Grid grid = nudge_range(0.0f, 1.0f);
  EXPECT_THROW(block.forward_apply({.values = halves.data(), .grid = &grid}), ValueError);
  EXPECT_THROW(
      block.backward({.values = halves.data()}, {.kernel = kernel.data()}, floats.data(), {}, nullptr),
      ValueError);
}

}  // namespace
}  // namespace nudge::kernels
