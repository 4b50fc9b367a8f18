#include "nudge/kernels/channels/gradient_operands.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nudge/base/cpu.h"
#include "nudge/base/random.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {
namespace {

using Floats = std::vector<float>;
using Write = decltype(&write_gradient_operands);

Floats normals(int64_t n, Random& random) {
  Floats values(static_cast<size_t>(n));
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

std::vector<Bfloat16> halves_of(const Floats& values) {
  std::vector<Bfloat16> halves;
  for (const float value : values) halves.push_back(to_bfloat16(value));
  return halves;
}

// Against what apply_gradient() gives in floats.
void expect_gradient(Write write, int64_t rows, int64_t channels, const BlockActivation& activation,
                     bool in_halves) {
  SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(channels) + (in_halves ? " bfloat16" : "") +
               ", seed 8");
  Random random(8);
  const int64_t n = rows * channels;
  const Floats x = normals(n, random), dy = normals(n, random);
  const std::vector<Bfloat16> x_halves = halves_of(x), dy_halves = halves_of(dy);
  const ConstReals from = in_halves ? ConstReals(x_halves.data()) : ConstReals(x.data());
  const ConstReals above = in_halves ? ConstReals(dy_halves.data()) : ConstReals(dy.data());
  const Floats shift = normals(channels, random), gain = normals(channels, random),
               offset = normals(channels, random);
  const Floats by_gradient = normals(channels, random), by_value = normals(channels, random),
               constant = normals(channels, random);
  const ChannelAffine affine{shift.data(), gain.data(), offset.data()};
  const GradientAffine by{by_gradient.data(), by_value.data(), constant.data()};
  const ActivationLimits limits(activation, nullptr);
  Floats expected(static_cast<size_t>(n));
  apply_gradient(from, above, rows, channels, affine, limits, by, expected.data());

  const int64_t pitch = channels + 3, pairs = (rows + 1) / 2;
  std::vector<Bfloat16> high(static_cast<size_t>(rows * pitch)), low(high.size());
  Panels high_pairs, low_pairs;
  high_pairs.resize(pairs, channels);
  low_pairs.resize(pairs, channels);
  GradientOperands out;
  out.rows = high.data();
  out.pitch = pitch;
  out.pairs = high_pairs.data();
  out.panel = high_pairs.panel();
  if (!in_halves) {
    out.rows_low = low.data();
    out.pairs_low = low_pairs.data();
  }
  write(from, above, rows, channels, affine, limits, by, out);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      const size_t row = static_cast<size_t>(r * pitch + c);
      const float value = expected[static_cast<size_t>(r * channels + c)];
      const float got = to_float(high[row]) + to_float(low[row]);
      ASSERT_NEAR(got, value, std::abs(value) * std::ldexp(1.0f, in_halves ? -8 : -16) + 1e-30f)
          << r << ", " << c;
      const int64_t word = in_panels(c, out.panel) + r / 2 * kPanelColumns;
      const auto half = [&](const Panels& panels) {
        return static_cast<uint16_t>(panels.data()[word] >> (r % 2 == 0 ? 0 : 16));
      };
      ASSERT_EQ(half(high_pairs), high[row].bits) << r << ", " << c;
      ASSERT_EQ(half(low_pairs), low[row].bits) << r << ", " << c;
    }
  }
  if (rows % 2 == 0) return;
  for (int64_t c = 0; c < channels; ++c)
    EXPECT_EQ(high_pairs.data()[in_panels(c, out.panel) + (pairs - 1) * kPanelColumns] >> 16, 0u) << c;
}

void expect_gradients(Write write) {
  for (const int64_t rows : {1, 2, 5, 8}) {
    for (const int64_t channels : {1, 16, 21, 48}) {
      for (const bool in_halves : {false, true}) {
        expect_gradient(write, rows, channels, {}, in_halves);
        expect_gradient(write, rows, channels, {.relu = true, .max_value = 1.0f}, in_halves);
        expect_gradient(write, rows, channels, {.relu = true, .negative_slope = 0.3f}, in_halves);
      }
    }
  }
}

TEST(WriteGradientOperands, PortableGivesBothForms) { expect_gradients(write_gradient_operands_portable); }

TEST(WriteGradientOperands, Avx512GivesBothForms) {
  if (!cpu_features().bf16) GTEST_SKIP() << "this processor has no AVX-512 BF16";
  expect_gradients(write_gradient_operands_avx512);
}

}  // namespace
}  // namespace nudge::kernels
