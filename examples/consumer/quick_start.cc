// The program of the README: trains on the folder "photos", quantizes the model, trains on, and writes
// flowers.tflite.
#include <nudge/nudge.h>
using namespace nudge;

int main() {
  const ModelPtr model = applications::build_application(
      "MobileNetV2",
      {.input_shape = {96, 96, 3}, .alpha = 0.35, .classes = 5, .head = applications::Head::kDense});
  data::Loader photos(data::open_source("photos"), {.size = {96, 96}, .preprocess = data::Preprocess::kTf});

  train::Trainer trainer(model, train::rmsprop(), train::sparse_categorical_crossentropy());
  trainer.fit(photos, nullptr, {.epochs = 10, .reestimate_batch_normalization = true});

  const ModelPtr quantized = train::on_pixel_grid(quantize::quantize_model(*model), data::Preprocess::kTf);
  train::Trainer qat(quantized, train::rmsprop(), train::sparse_categorical_crossentropy());
  qat.calibrate(photos);
  qat.fit(photos, nullptr, {.epochs = 12, .initial_epoch = 10});

  tflite::write(convert::convert(*quantized, {.input_type = DataType::kUInt8}).file, "flowers.tflite");
  const double accuracy = train::Predictor::open("flowers.tflite").evaluate(photos).accuracy;
  return accuracy > 0 ? 0 : 1;
}
