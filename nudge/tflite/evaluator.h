// Runs a .tflite model in this process with the exact arithmetic of LiteRT's reference kernels, int8 and
// float32.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/tflite/model.h"

namespace nudge::tflite {

struct EvaluatorOptions {
  // Keep every tensor of a run over several batches for tensor(); a run of one batch always keeps them.
  bool keep_tensors = false;
  // What messages call the model: its file.
  std::string name = "model";
};

class Evaluator {
 public:
  // Checks every operator, its shapes and its quantization.  Throws UnsupportedError naming an operator, type
  // or option that is not computed here, InputError when the model is inconsistent.
  explicit Evaluator(TfLiteModel model, EvaluatorOptions options = {});
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

  // In the order of the model's inputs and in their types; returns the outputs.  The first dimension may be
  // any multiple of the model's own (usually 1): the batches are then computed apart, several at once.
  // Throws ShapeError or ValueError naming the input that does not fit.  Not thread-safe.
  std::vector<Array> run(const std::vector<Array>& inputs);

  // Any tensor of the last run: see EvaluatorOptions.  Throws ValueError when it is not there.
  Array tensor(int32_t index) const;

  // With the shapes that were inferred.
  const TfLiteModel& model() const;

 private:
  class Plan;
  std::unique_ptr<Plan> plan_;
};

// What Evaluator's constructor checks, with the same errors, without preparing to compute: a small part of
// its time.  What passes can be given to a runtime that trusts files.
void check_operators(TfLiteModel model, const std::string& name);

}  // namespace nudge::tflite
