#include "nudge/train/moving_averages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/layers/layers.h"

namespace nudge::train {
namespace {

using testing::DoubleNear;

// A layer of two channels whose averages the tests move as training does.
class Averaged {
 public:
  explicit Averaged(double momentum) : momentum_(momentum) {
    const Tensor in = nudge::input({2});
    model_ = make_model(
        in, layers::batch_normalization(in, {.momentum = momentum, .epsilon = 1e-9, .name = "norm"}));
    model_->initialize(1);
  }
  Model& model() { return *model_; }
  // Batches of this mean and variance, with noise on both.
  void train(MovingAverages& averages, int steps, float mean, float variance, double noise = 0.0) {
    for (int step = 0; step < steps; ++step) {
      move("moving_mean", mean + static_cast<float>(noise * random_.normal()));
      move("moving_variance", variance);
      averages.count_step();
    }
  }

 private:
  void move(const std::string& name, float value) {
    for (float& average : model_->layer("norm").weight(name).value.span<float>()) {
      average = static_cast<float>(average * momentum_ + value * (1.0 - momentum_));
    }
  }

  double momentum_;
  ModelPtr model_;
  Random random_{3};
};

TEST(MovingAverages, TheDistanceIsWhatTheAverageLacksInDeviations) {
  Averaged averaged(0.999);
  MovingAverages averages(averaged.model());
  averaged.train(averages, 100, 3.0f, 4.0f);
  const std::vector<AveragesFigure> figures = averages.figures();
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_EQ(figures[0].layer, "norm");
  // From 0 towards 3, in deviations of 2.
  EXPECT_THAT(figures[0].distance, DoubleNear(1.5 * std::pow(0.999, 100), 1e-3));
  EXPECT_FALSE(figures[0].settled);
  EXPECT_EQ(settled_share(figures), 0.0);
  EXPECT_EQ(largest_distance(figures), figures[0].distance);
}

TEST(MovingAverages, AVarianceThatIsBehindCountsToo) {
  Averaged averaged(0.999);
  MovingAverages averages(averaged.model());
  averaged.train(averages, 100, 0.0f, 100.0f);
  const double now = 1.0 * std::pow(0.999, 100) + 100.0 * (1.0 - std::pow(0.999, 100));
  EXPECT_THAT(averages.figures()[0].distance, DoubleNear(1.0 - std::sqrt(now / 100.0), 1e-3));
}

TEST(MovingAverages, SettleOnceTheStartIsForgotten) {
  Averaged averaged(0.9);
  MovingAverages averages(averaged.model());
  averaged.train(averages, 5, 3.0f, 4.0f);
  EXPECT_FALSE(averages.figures()[0].settled) << "too few steps to tell";
  averages.begin_epoch();
  averaged.train(averages, 95, 3.0f, 4.0f, 0.1);
  EXPECT_TRUE(averages.figures()[0].settled) << averages.figures()[0].distance;
  averages.begin_epoch();
  averaged.train(averages, 20, 9.0f, 4.0f);
  EXPECT_FALSE(averages.figures()[0].settled) << "the batches have moved";
}

TEST(MovingAverages, GoOnFromTheirState) {
  Averaged averaged(0.99);
  MovingAverages unbroken(averaged.model());
  averaged.train(unbroken, 30, 3.0f, 4.0f, 0.5);
  const CallbackState state = unbroken.state();
  MovingAverages resumed(averaged.model());
  resumed.restore(state);
  averaged.train(unbroken, 0, 0.0f, 0.0f);
  EXPECT_EQ(resumed.figures()[0].distance, unbroken.figures()[0].distance);
  EXPECT_GT(resumed.figures()[0].distance, 0.0);
  EXPECT_THROW(resumed.restore({.text = "30", .arrays = {}}), InputError);
  EXPECT_THROW(resumed.restore({.text = "-3", .arrays = state.arrays}), InputError);
}

TEST(MovingAverages, FrozenLayersHaveNone) {
  Averaged averaged(0.99);
  averaged.model().layer("norm").set_trainable(false);
  const MovingAverages averages(averaged.model());
  EXPECT_TRUE(averages.empty());
  EXPECT_EQ(settled_share(averages.figures()), 1.0);
  EXPECT_TRUE(averages.state().empty());
}

}  // namespace
}  // namespace nudge::train
