#include "nudge/train/callbacks/reduce_lr_on_plateau.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/train/callbacks/test_trainer.h"

namespace nudge::train {
namespace {

using testing::ElementsAre;

TEST(ReduceLROnPlateau, GoesOnFromItsStateAtTheRateItHadSet) {
  const ReduceLROnPlateauOptions options{.factor = 0.5, .patience = 2, .cooldown = 1, .min_lr = 0.125};
  std::vector<double> rates;
  CallbackState remembered;
  TrainingState state;
  for (const double loss : {3, 3, 3, 3, 3, 3, 3, 3, 3, 3}) {
    Trainer trainer = one_weight_trainer(0.5);
    state.trainer = &trainer;
    ReduceLROnPlateau callback(options);
    if (!remembered.empty()) callback.restore(remembered);
    callback.on_train_begin(state);
    callback.on_epoch_end(state, {{"val_loss", loss}});
    rates.push_back(trainer.optimizer().learning_rate());
    remembered = callback.state();
  }
  EXPECT_THAT(rates, ElementsAre(0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125));
  EXPECT_THAT(state.notes,
              ElementsAre("the learning rate falls from 0.5 to 0.25: val_loss has not improved",
                          "the learning rate falls from 0.25 to 0.125: val_loss has not improved"));
}

TEST(ReduceLROnPlateau, RefusesWhatReducesNothing) {
  EXPECT_THROW(ReduceLROnPlateau({.factor = 1.0}), ValueError);
  EXPECT_THROW(ReduceLROnPlateau({.factor = 0.0}), ValueError);
  EXPECT_THROW(ReduceLROnPlateau({}).restore({.text = R"({"best": "low"})"}), InputError);
}

}  // namespace
}  // namespace nudge::train
