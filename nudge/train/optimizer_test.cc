#include "nudge/train/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <functional>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/base/threads.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::ThrowsMessage;

std::vector<Array> gradients() {
  return {Array::of<float>({3}, {0.1f, -2.0f, 0.0f}), Array::of<float>({3}, {0.3f, 1.0f, -0.5f}),
          Array::of<float>({3}, {-0.2f, 0.25f, 4.0f}), Array::of<float>({3}, {0.05f, -0.75f, 1e-4f})};
}

void step(Optimizer& optimizer, Array& weight, const Array& gradient) {
  Array taken = gradient.clone();
  optimizer.apply({{"w", weight, taken}});
}

Array start() { return Array::of<float>({3}, {0.5f, -1.25f, 2.0f}); }

struct Expected {
  const char* name;
  std::function<std::unique_ptr<Optimizer>()> make;
  std::vector<float> weights;  // after the four gradients, as Keras 3 computes them
};

class AgainstKeras : public testing::TestWithParam<Expected> {};

TEST_P(AgainstKeras, FourSteps) {
  const auto optimizer = GetParam().make();
  Array weight = start();
  for (const Array& gradient : gradients()) step(*optimizer, weight, gradient);
  EXPECT_EQ(optimizer->iterations(), 4);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(weight.span<float>()[i], GetParam().weights[i], 1e-6f) << "element " << i;
  }
}

// A checkpoint keeps the weights, state() and iterations().
TEST_P(AgainstKeras, GoesOnFromItsState) {
  const auto whole = GetParam().make(), before = GetParam().make(), after = GetParam().make();
  Array expected = start(), weight = start();
  const auto all = gradients();
  for (size_t i = 0; i < all.size(); ++i) {
    step(*whole, expected, all[i]);
    if (i == 2) {
      for (const auto& [key, array] : before->state()) after->state()[key] = array.clone();
      after->set_iterations(before->iterations());
    }
    step(i < 2 ? *before : *after, weight, all[i]);
  }
  EXPECT_TRUE(identical(weight, expected));
}

INSTANTIATE_TEST_SUITE_P(
    Optimizers, AgainstKeras,
    testing::Values(
        Expected{"Sgd", [] { return sgd(); }, {0.49750003f, -1.23500001f, 1.96499920f}},
        Expected{"SgdMomentum",
                 [] { return sgd({.learning_rate = 0.1, .momentum = 0.9}); },
                 {0.41731000f, -0.80570000f, 1.37548995f}},
        Expected{"SgdNesterov",
                 [] { return sgd({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}); },
                 {0.40057901f, -0.70012999f, 1.08793092f}},
        Expected{"Rmsprop", [] { return rmsprop(); }, {0.49512404f, -1.24755991f, 2.00002217f}},
        Expected{"RmspropMomentum",
                 [] { return rmsprop({.learning_rate = 0.01, .rho = 0.7, .momentum = 0.8}); },
                 {0.41993573f, -1.21522033f, 2.01186252f}},
        Expected{"RmspropCentered",
                 [] { return rmsprop({.learning_rate = 0.01, .centered = true}); },
                 {0.44699693f, -1.22381818f, 2.00063396f}},
        Expected{"RmspropCenteredMomentum",
                 [] {
                   return rmsprop(
                       {.learning_rate = 0.01, .momentum = 0.5, .epsilon = 1e-3, .centered = true});
                 },
                 {0.42395398f, -1.20778549f, 2.00804687f}},
        Expected{"Adam", [] { return adam(); }, {0.49753794f, -1.24831235f, 1.99972057f}},
        Expected{"AdamOptions",
                 [] { return adam({.learning_rate = 0.01, .beta_1 = 0.8, .beta_2 = 0.95, .epsilon = 1e-3}); },
                 {0.47689566f, -1.23443055f, 1.99673283f}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Optimizer, KeepsEachWeightsAveragesApart) {
  const auto optimizer = adam();
  Array a = start(), b = start().reshape({1, 3}).clone();
  Array of_a = gradients()[0], of_b = gradients()[0].reshape({1, 3});
  optimizer->apply({{"a/kernel", a, of_a}, {"b/kernel", b, of_b}});
  EXPECT_THAT(optimizer->state(), ElementsAre(Key("a/kernel/momentum"), Key("a/kernel/velocity"),
                                              Key("b/kernel/momentum"), Key("b/kernel/velocity")));
  EXPECT_TRUE(identical(a, b.reshape({3}))) << "the order of updates within a step does not matter";
}

TEST(Optimizer, TakesAnotherRateAtAnyTime) {
  const auto optimizer = sgd();
  Array weight = start();
  optimizer->set_learning_rate(0.0);
  step(*optimizer, weight, gradients()[0]);
  EXPECT_TRUE(identical(weight, start()));
  optimizer->set_learning_rate(1.0);
  EXPECT_EQ(optimizer->learning_rate(), 1.0);
  step(*optimizer, weight, gradients()[0]);
  EXPECT_THAT(weight.span<float>(), ElementsAre(0.4f, 0.75f, 2.0f));
}

TEST(Optimizer, ThreadsDoNotChangeTheResult) {
  const int threads = thread_count();
  const uint64_t seed = 5;
  Random random(seed);
  Array gradient({100'000});
  for (float& g : gradient.span<float>()) g = static_cast<float>(random.normal());
  Array results[2] = {Array({100'000}), Array({100'000})};
  for (const int count : {1, 2}) {
    set_thread_count(count);
    const auto optimizer = rmsprop();
    for (int i = 0; i < 3; ++i) step(*optimizer, results[count - 1], gradient);
  }
  set_thread_count(threads);
  EXPECT_TRUE(identical(results[0], results[1])) << "seed " << seed;
}

TEST(Optimizer, AGradientOfAnotherShapeIsRefused) {
  for (const auto& optimizer : {sgd().release(), rmsprop().release(), adam().release()}) {
    const std::unique_ptr<Optimizer> owner(optimizer);
    Array weight = start(), gradient({4});
    EXPECT_THAT(
        [&] {
          owner->apply({{"conv/kernel", weight, gradient}});
        },
        ThrowsMessage<ShapeError>(AllOf(HasSubstr("'conv/kernel'"), HasSubstr("(3,)"), HasSubstr("(4,)"))));
  }
}

TEST(OptimizerFromName, HasKerasDefaults) {
  EXPECT_EQ(optimizer_from_name("SGD")->learning_rate(), 0.01);
  EXPECT_EQ(optimizer_from_name("RMSprop")->name(), "RMSprop");
  EXPECT_EQ(optimizer_from_name("adam")->learning_rate(), 0.001);
  EXPECT_EQ(optimizer_from_name("adamw")->options().at("weight_decay"), 0.004);
  for (const std::string& name : optimizer_names()) {
    std::string lower = optimizer_from_name(name)->name();
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(lower, name);
  }
  EXPECT_THAT([] { optimizer_from_name("lioness"); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'lioness'"), HasSubstr("sgd, rmsprop, adam"))));
  EXPECT_THAT(
      [] {
        optimizer_from_name("lion", {{"rho", 0.9}});
      },
      ThrowsMessage<ValueError>(AllOf(HasSubstr("lion has no option 'rho'"), HasSubstr("beta_1, beta_2"))));
}

TEST(OptimizerOptions, OutOfRangeAreNamed) {
  const auto expect = [](const std::map<std::string, double>& options, const std::string& what) {
    EXPECT_THAT([&] { optimizer_from_name("sgd", options); }, ThrowsMessage<ValueError>(HasSubstr(what)));
  };
  expect({{"weight_decay", -1}}, "weight_decay is -1, it must not be below 0");
  expect({{"clipnorm", 1}, {"clipvalue", 1}}, "only one of clipnorm, clipvalue and global_clipnorm");
  expect({{"use_ema", 1}, {"ema_momentum", 2}}, "ema_momentum is 2");
  expect({{"gradient_accumulation_steps", 1}}, "gradient_accumulation_steps is 1, it must be 2 or more");
}

}  // namespace
}  // namespace nudge::train
