// A model lowered to what runs: a static list of steps with forward and backward, planned buffers and
// known shapes.  Training calls forward then backward; the optimizer then moves the weights in place.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/graph/model.h"
#include "nudge/quantize/ranges.h"

namespace nudge::plan {

enum class Precision {
  kFloat32,
  // Of images, fused blocks keep their products and gradients in bfloat16, and float activations too; sums,
  // statistics, weights and the optimizer stay float32, and the codes of a quantized model are the same.
  // Correct on every processor, fast with AVX-512 BF16.
  kBfloat16,
};

enum class Mode {
  kTraining,     // batch statistics, dropout, ranges move, values are quantized; backward may follow
  kInference,    // moving statistics, ranges stand still, values are quantized
  kCalibration,  // moving statistics, ranges move, activations stay float: how a range first gets its place
  kStatistics,   // batch statistics into BatchNormalization's moving averages (see set_statistics_momentum);
                 // ranges stand still
};

struct PlanOptions {
  Precision precision = Precision::kFloat32;
  // Runs of layers become fused blocks where there is one; false lowers every layer to a fallback step
  // (the oracle of the tests) and keeps every layer's output.
  bool fused = true;
  uint64_t seed = 0;  // of dropout
};

// A trainable weight with its gradient, both float32 on the host and of the weight's shape.
struct Parameter {
  std::string layer;
  Weight* weight;
  Array gradient;  // overwritten by every backward()
};

struct StepDescription {
  std::string name;            // of the layers it computes
  std::string kind;            // "block", "grid" or "fallback"
  double forward_seconds = 0;  // summed over calls since reset_timings()
  double backward_seconds = 0;
  int64_t flops = 0;  // of one training step, forward and backward, for one image
  int64_t bytes = 0;  // moved by one training step for one image, at least
};

class Plan {
 public:
  virtual ~Plan() = default;

  // Inputs in the model's order, float32, batch first; returns the outputs.  Any batch size.  Memory is used
  // again as soon as no step reads what it holds, and kept for the next pass.  Throws ShapeError when an
  // input does not fit.
  virtual std::vector<Array> forward(const std::vector<Array>& inputs, Mode mode) = 0;

  // After forward(kTraining): from the loss's gradient for each output to every Parameter's gradient.
  virtual void backward(const std::vector<Array>& output_gradients) = 0;

  // What the activity regularizers add to the loss of the last forward, in training and inference; backward()
  // sees to their gradients.  Those of weights are the trainer's.
  virtual double activity_penalty() const = 0;

  virtual std::vector<Parameter>& parameters() = 0;
  // Null for a model that is not quantized.
  virtual quantize::Ranges* ranges() = 0;

  // kStatistics: moving = moving * momentum + batch * (1 - momentum); 1 - 1/k at batch k averages them all.
  virtual void set_statistics_momentum(double momentum) = 0;

  // From now on training normalises by the moving averages, which stay where they are; scales and centres are
  // trained as before.  kStatistics is not concerned.
  virtual void freeze_statistics(bool frozen) = 0;

  // How many training steps went before, of an earlier run say: dropout follows from the seed and this
  // number.
  virtual void set_training_steps(int64_t steps) = 0;

  // From the next pass on: whether layer_output() finds the outputs of layers in the middle.  At first it
  // does where options.fused is false.
  virtual void keep_layer_outputs(bool keep) = 0;
  // Of the last forward by layer name, float32 (codes are dequantized).  Throws ValueError where there is
  // none.
  virtual Array layer_output(const std::string& layer) const = 0;

  virtual std::vector<StepDescription> describe() const = 0;
  virtual void reset_timings() = 0;
};

// Lowers the model (nested models are flattened).  Weights must be initialized; the plan works on the
// layers' own arrays, so the layers always hold the current weights.  Throws UnsupportedError naming a
// layer that cannot be computed.  Not thread-safe; one plan at a time runs on the pool.
std::unique_ptr<Plan> compile(ModelPtr model, const PlanOptions& options = {});

}  // namespace nudge::plan
