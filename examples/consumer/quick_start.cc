// Trains a small model, quantizes it, trains on, and writes quick_start.tflite where it is started.
#include <nudge/nudge.h>

#include <cstdio>

int main() {
  using namespace nudge;
  data::Loader photos(data::open_source("builtin:flowers?count=60"),
                      {.size = {16, 16}, .batch = 16, .preprocess = data::Preprocess::kRescale});
  const ModelPtr model =
      applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5});
  train::Trainer(model, train::adam(), train::sparse_categorical_crossentropy())
      .fit(photos, nullptr, {.epochs = 1});

  const ModelPtr quantized = quantize::quantize_model(*model);
  train::Trainer qat(quantized, train::adam({.learning_rate = 1e-4}),
                     train::sparse_categorical_crossentropy());
  qat.calibrate(photos);
  qat.fit(photos, nullptr, {.epochs = 1});
  tflite::write(convert::convert(*quantized).file, "quick_start.tflite");
  std::printf("nudge %s wrote quick_start.tflite\n", std::string(version()).c_str());
}
