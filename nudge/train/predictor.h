// A model of any kind, in memory or in a file, as one thing that predicts.
#pragma once

#include <memory>
#include <string>

#include "nudge/base/array.h"
#include "nudge/data/batch_stream.h"
#include "nudge/graph/model.h"
#include "nudge/keras/model_card.h"
#include "nudge/tflite/model.h"
#include "nudge/train/evaluation.h"
#include "nudge/train/model_ends.h"
#include "nudge/train/output_form.h"
#include "nudge/train/runtime.h"

namespace nudge::train {

struct PredictorOptions {
  Runtime runtime = Runtime::kAuto;  // of a .tflite file
  bool simulated = false;            // a quantized model computes in its plan, as training simulates it
  uint64_t seed = 0;                 // of weights that have no value yet
  std::string name = "the model";    // for messages
};

class Predictor {
 public:
  // A float model computes in its plan; a quantized one as the file that it converts to, in the integer
  // evaluator: what a device gives.
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
  // In the model's own order.
  const std::vector<ModelEnd>& inputs() const;
  const std::vector<ModelEnd>& outputs() const;
  const std::vector<OutputForm>& forms() const;

  // Float32 inputs, preprocessed and batch first -> float32 outputs.
  std::vector<Array> predict(const std::vector<Array>& inputs);
  // Of a model with one input and one output.
  Array predict(const Array& input) { return predict(std::vector<Array>{input}).front(); }

  // One pass of the data from their start, or their first `steps` batches; without an objective by the losses
  // that go with outputs that classify.
  Evaluation evaluate(data::BatchStream& data);
  Evaluation evaluate(data::BatchStream& data, const Objective& objective, int64_t steps = 0);

 private:
  class State;
  explicit Predictor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nudge::train
