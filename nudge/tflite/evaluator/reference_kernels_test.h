// What tests against LiteRT's reference kernels have in common: a seed, a type, random choices.
#pragma once

#include <gtest/gtest.h>

#include "nudge/tflite/test_model.h"

namespace nudge::tflite {

// Of functions like exp() that the runtime's own C library computes: a few units in the last place.
inline constexpr double kLastPlaces = 4e-7;

// A few seeds in every run; 200 in all where disabled tests run too, as tflite_seeds_test does.
#define NUDGE_EACH_SEED(Fixture)                                             \
  INSTANTIATE_TEST_SUITE_P(Seeds, Fixture, testing::Range<uint64_t>(0, 24)); \
  INSTANTIATE_TEST_SUITE_P(DISABLED_Seeds, Fixture, testing::Range<uint64_t>(24, 200))

class ReferenceKernelsTest : public testing::TestWithParam<uint64_t> {
 protected:
  uint64_t seed() const { return GetParam(); }
  TensorType type() const { return seed() % 4 == 3 ? TensorType::kFloat32 : TensorType::kInt8; }
  bool is_float() const { return type() == TensorType::kFloat32; }
  // One of few, by the test's own generator.
  static int32_t pick(TestModel& model, int32_t low, int32_t high) {
    return low + static_cast<int32_t>(model.random().below(static_cast<uint64_t>(high - low + 1)));
  }
  static bool heads(TestModel& model) { return pick(model, 0, 1) == 1; }
  static TfLitePadding padding(TestModel& model) {
    return heads(model) ? TfLitePadding::kValid : TfLitePadding::kSame;
  }
  static FusedActivation activation(TestModel& model) {
    return static_cast<FusedActivation>(pick(model, 0, 3));
  }
  static Shape shape(TestModel& model, int32_t rank, int32_t longest) {
    Shape result;
    for (int32_t d = 0; d < rank; ++d) result.push_back(pick(model, 1, longest));
    return result;
  }
  // 0 to count - 1 in any order.
  static std::vector<int32_t> shuffled(TestModel& model, int32_t count) {
    std::vector<int32_t> order;
    for (int32_t i = 0; i < count; ++i) {
      order.insert(order.begin() + pick(model, 0, i), i);
    }
    return order;
  }
  // Codes and whatever moves must be equal; floats too unless the function is one of the C library's.
  void compare(TestModel& model, double float_tolerance = 0) const {
    SCOPED_TRACE("seed " + std::to_string(seed()));
    expect_agrees_with_litert(model.finish(), seed() + 1000, float_tolerance);
  }
  // For what the runtime computes only without its reference kernels.
  void compare_with_builtin(TestModel& model, double float_tolerance = 0) const {
    SCOPED_TRACE("seed " + std::to_string(seed()));
    expect_agrees_with_litert(model.finish(), seed() + 1000, float_tolerance, Kernels::kBuiltin);
  }
};

}  // namespace nudge::tflite
