// Training that is watched: it ends when it no longer improves, keeps its best weights and logs its course.
#include <nudge/nudge.h>

#include <cstdio>

using namespace nudge;

int main() {
  const ModelPtr model =
      applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5});
  const auto source = data::open_source("builtin:flowers?count=200");
  data::LoaderOptions options{.size = {16, 16}, .batch = 16, .preprocess = data::Preprocess::kRescale};
  data::Loader photos(source, options);
  options.split = data::Split::kValidation;
  data::Loader validation(source, options);

  train::CallbackFunctions functions;
  functions.on_epoch_end = [](train::TrainingState& state, const train::Logs& logs) {
    std::printf("epoch %d: accuracy %.3f, learning rate %g\n", state.epoch + 1, logs.at("accuracy"),
                state.trainer->optimizer().learning_rate());
  };
  train::Trainer trainer(model, train::adam(), train::sparse_categorical_crossentropy());
  trainer.fit(photos, &validation,
              {.epochs = 6,
               .callbacks = {std::make_shared<train::EarlyStopping>(
                                 train::EarlyStoppingOptions{.patience = 2, .restore_best_weights = true}),
                             std::make_shared<train::LambdaCallback>(functions)}});

  const train::History history =
      trainer.fit(photos, &validation,
                  {.epochs = 8,
                   .initial_epoch = 6,
                   .callbacks = {std::make_shared<train::ModelCheckpoint>(train::ModelCheckpointOptions{
                                     .filepath = "best.keras", .save_best_only = true}),
                                 std::make_shared<train::CSVLogger>("history.csv")}});
  return keras::load_model("best.keras")->layers().size() == model->layers().size() && history.epochs() > 0
             ? 0
             : 1;
}
