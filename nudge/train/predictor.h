// A model of any kind, in memory or in a file, as one thing that scores images.
#pragma once

#include <memory>
#include <string>

#include "nudge/base/array.h"
#include "nudge/data/loader.h"
#include "nudge/graph/model.h"
#include "nudge/keras/model_card.h"
#include "nudge/tflite/model.h"
#include "nudge/train/evaluation.h"
#include "nudge/train/output_form.h"
#include "nudge/train/runtime.h"

namespace nudge::train {

struct PredictorOptions {
  Runtime runtime = Runtime::kLitert;  // of a .tflite file
  bool simulated = false;              // a quantized model computes in its plan, as training simulates it
  uint64_t seed = 0;                   // of weights that have no value yet
  std::string name = "the model";      // for messages
};

class Predictor {
 public:
  // A float model computes in its plan; a quantized one as the file that it converts to, in the integer
  // evaluator: what a device gives.  Throws UnsupportedError on a model of several inputs or outputs.
  explicit Predictor(const ModelPtr& model, const PredictorOptions& options = {});
  // 8-bit inputs are quantized as the file says, 8-bit outputs dequantized.
  explicit Predictor(const tflite::TfLiteModel& file, const PredictorOptions& options = {});
  // A .tflite file, or whatever keras::load_model() reads.
  static Predictor open(const std::string& path, PredictorOptions options = {});
  ~Predictor();
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;

  // What is known of the file's images and classes; empty of a model in memory.
  const keras::ModelCard& card() const;
  // "float", "simulation", or the name of the runtime.
  const std::string& runtime() const;
  // Batch first.
  const Shape& input_shape() const;
  const Shape& output_shape() const;
  const OutputForm& output() const;

  // Preprocessed float32 images (N, height, width, channels) -> float32 (N, outputs).
  Array predict(const Array& images);

  // One pass of the loader; the loss is the one that goes with the outputs, or the given one.
  Evaluation evaluate(data::Loader& data);
  Evaluation evaluate(data::Loader& data, const Loss& loss);

 private:
  class State;
  explicit Predictor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nudge::train
