// The program that grows in docs/cpp.md, on the folder "photos".
#include <nudge/nudge.h>

#include <cstdio>

using namespace nudge;

ModelPtr layer_by_layer() {
  const Tensor image = input({96, 96, 3});
  Tensor x = layers::conv2d(image, {.filters = 16, .kernel_size = 3, .strides = 2});
  x = layers::global_average_pooling2d(layers::relu(layers::batch_normalization(x)));
  const ModelPtr model =
      make_model(image, layers::dense(x, {.units = 5, .activation = layers::ActivationFunction::kSoftmax}));
  return model;
}

ModelPtr from_file() {
  const ModelPtr model = keras::load_model("model.keras");
  return model;
}

int main() {
  const ModelPtr made = layer_by_layer();
  made->initialize(7);
  keras::save_model(*made, "model.keras");
  const ModelPtr model = from_file();
  data::Loader photos(data::open_source("photos"), {.size = {96, 96}, .preprocess = data::Preprocess::kTf});

  train::Trainer trainer(model, train::adam(), train::sparse_categorical_crossentropy());
  trainer.fit(photos, nullptr, {.epochs = 10});

  const ModelPtr quantized = quantize::quantize_model(*model);
  train::Trainer qat(quantized, train::adam({.learning_rate = 1e-4}),
                     train::sparse_categorical_crossentropy());
  qat.calibrate(photos);
  qat.fit(photos, nullptr, {.epochs = 2});

  tflite::write(convert::convert(*quantized).file, "model.tflite");
  const double accuracy = train::Predictor::open("model.tflite").evaluate(photos).accuracy;
  std::printf("model.tflite: accuracy %.3f\n", accuracy);
}
