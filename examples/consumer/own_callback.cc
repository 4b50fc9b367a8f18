// A callback written outside nudge: it ends training as soon as half of the images are told right.
#include <nudge/nudge.h>

#include <cstdio>

using namespace nudge;

class HalfIsEnough : public train::Callback {
 public:
  void on_epoch_end(train::TrainingState& state, const train::Logs& logs) override {
    std::printf("epoch %d: accuracy %.3f\n", state.epoch + 1, logs.at("accuracy"));
    state.stop = logs.at("accuracy") >= 0.5;
  }
};

int main() {
  const ModelPtr model =
      applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5});
  data::Loader photos(data::open_source("builtin:flowers?count=200"),
                      {.size = {16, 16}, .batch = 16, .preprocess = data::Preprocess::kRescale});
  train::Trainer trainer(model, train::adam(), train::sparse_categorical_crossentropy());
  const train::History history =
      trainer.fit(photos, nullptr, {.epochs = 50, .callbacks = {std::make_shared<HalfIsEnough>()}});
  return history.metrics.at("accuracy").size() < 50 ? 0 : 1;
}
