#include "nudge/plan/values.h"

#include <utility>

#include "nudge/base/error.h"
#include "nudge/plan/plan_testing.h"

namespace nudge::plan {
namespace {

std::vector<float> floats(const float* data, int64_t n) { return {data, data + n}; }

class ValuesTest : public testing::Test {
 protected:
  ValueId activation(const std::string& name) {
    return values_.add({.name = name, .shape = {kUnknown, 3}, .weight = nullptr, .needs_gradient = true});
  }
  void give(ValueId id, const std::vector<float>& gradient) { values_.add_gradient(id, gradient.data()); }

  Values values_;
};

TEST_F(ValuesTest, CodesAreReadAsFloats) {
  const ValueId x = activation("x"), view = activation("view");
  values_.begin(1);
  const kernels::Grid grid = kernels::nudge_range(-1.0f, 1.0f);
  uint8_t* codes = values_.write_codes(x, grid);
  codes[0] = 0;
  codes[1] = static_cast<uint8_t>(grid.zero_point);
  codes[2] = 255;
  values_.alias(view, x);
  EXPECT_EQ(values_.codes(view), codes);
  EXPECT_EQ(floats(values_.read(view), 3), (std::vector<float>{grid.nudged_min, 0.0f, grid.nudged_max}));
}

TEST_F(ValuesTest, SharesOfAGradientAdd) {
  const ValueId x = activation("x");
  values_.begin(1);
  EXPECT_EQ(values_.gradient(x), nullptr);
  give(x, {1, 2, 3});
  give(x, {10, 20, 30});
  EXPECT_EQ(floats(values_.gradient(x), 3), (std::vector<float>{11, 22, 33}));
  values_.release_gradient(x);
  EXPECT_EQ(values_.gradient(x), nullptr);
}

TEST_F(ValuesTest, APassedGradientMovesOrAdds) {
  const ValueId from = activation("from"), to = activation("to");
  values_.begin(1);
  give(from, {1, 2, 3});
  const float* memory = values_.gradient(from);
  values_.pass_gradient(from, to);
  EXPECT_EQ(values_.gradient(to), memory) << "nothing was copied";
  EXPECT_EQ(values_.gradient(from), nullptr);
  give(from, {1, 1, 1});
  values_.pass_gradient(from, to);
  EXPECT_EQ(floats(values_.gradient(to), 3), (std::vector<float>{2, 3, 4}));
}

TEST_F(ValuesTest, AWeightsGradientLandsInItsArray) {
  Weight weight;
  weight.shape = {3};
  weight.value = Array({3});
  const ValueId id = values_.add({.name = "w", .shape = {3}, .weight = &weight, .needs_gradient = true});
  values_.begin(2);
  Array gradient({3});
  values_.bind_gradient(id, gradient.data<float>());
  give(id, {1, 2, 3});
  give(id, {1, 1, 1});
  EXPECT_EQ(floats(gradient.data<float>(), 3), (std::vector<float>{2, 3, 4}));
  EXPECT_EQ(values_.read(id), weight.value.data<float>());
}

TEST_F(ValuesTest, ReadingWhatNobodyMadeIsAnError) {
  const ValueId x = activation("x");
  values_.begin(1);
  EXPECT_FALSE(values_.written(x));
  EXPECT_THROW(values_.read(x), ValueError);
}

TEST(BufferPool, GivesBackWhatItWasGiven) {
  BufferPool pool;
  Buffer small = pool.acquire(64), big = pool.acquire(4096);
  const auto* small_memory = small.as<float>();
  const auto* big_memory = big.as<float>();
  pool.release(std::move(big));
  pool.release(std::move(small));
  Buffer again = pool.acquire(3000);
  EXPECT_EQ(again.as<float>(), big_memory);
  EXPECT_EQ(pool.acquire(10).as<float>(), small_memory);
  EXPECT_GE(pool.acquire(10).capacity(), 10u);
  EXPECT_EQ(pool.acquire(0).capacity(), 0u);
}

TEST(BufferPool, LeavesMuchLargerBuffersToOthers) {
  BufferPool pool;
  constexpr size_t kLarge = 1 << 20;
  pool.release(pool.acquire(kLarge));
  Buffer half = pool.acquire(kLarge / 2);
  EXPECT_EQ(half.capacity(), kLarge);
  pool.release(std::move(half));
  EXPECT_LT(pool.acquire(kLarge / 4).capacity(), kLarge);
}

TEST(BufferPool, FreesWhatAPassDidNotUse) {
  BufferPool pool;
  constexpr size_t kLarge = 1 << 20;
  Buffer first = pool.acquire(kLarge), second = pool.acquire(8 * kLarge);
  pool.release(std::move(first));
  pool.release(std::move(second));
  pool.free_unused();  // both were in use until now
  pool.release(pool.acquire(8 * kLarge));
  pool.free_unused();
  EXPECT_EQ(pool.free_bytes(), 8 * kLarge);
  pool.free_unused();
  EXPECT_EQ(pool.free_bytes(), 0u);
}

TEST_F(ValuesTest, ReleasedMemoryServesOthers) {
  const ValueId x = activation("x"), y = activation("y"), view = activation("view");
  values_.begin(4);
  const float* memory = values_.write(x);
  values_.release(x);
  EXPECT_FALSE(values_.written(x));
  EXPECT_THROW(values_.read(x), ValueError);
  EXPECT_EQ(values_.write(y), memory);
  values_.alias(view, y);
  values_.release(view);  // a name only
  EXPECT_EQ(values_.read(y), memory);
  values_.write_codes(x, kernels::nudge_range(-1.0f, 1.0f));
  values_.release(x);
  EXPECT_TRUE(values_.coded(x)) << "what it was is still known";
}

}  // namespace
}  // namespace nudge::plan
