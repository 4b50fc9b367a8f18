// One step of a plan: it computes some layers' part of the graph, forwards and backwards.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nudge/plan/plan.h"
#include "nudge/plan/values.h"

namespace nudge::plan {

struct StepContext {
  Values& values;
  Mode mode = Mode::kInference;
  // kStatistics: in place of BatchNormalization's own momentum.
  std::optional<double> statistics_momentum;
  bool frozen_statistics = false;  // in training too BatchNormalization uses its moving averages
  uint64_t seed = 0;
  int64_t training_steps = 0;  // forward passes in kTraining before this one

  bool batch_statistics() const {
    return mode == Mode::kStatistics || (mode == Mode::kTraining && !frozen_statistics);
  }
};

class Step {
 public:
  // `inputs` are activations first, then weights.
  Step(std::string name, std::string kind, std::vector<ValueId> inputs, ValueId output)
      : description_{.name = std::move(name), .kind = std::move(kind)},
        inputs_(std::move(inputs)),
        output_(output) {}
  virtual ~Step() = default;

  // Reads its inputs and writes its output.
  virtual void forward(StepContext& context) = 0;
  // Called after forward(kTraining), when the output has a gradient: gives every input that needs one its
  // share.
  virtual void backward(StepContext& context) = 0;

  // The values that backward() reads; they keep their memory until then.
  virtual std::vector<ValueId> backward_reads() const {
    std::vector<ValueId> ids = inputs_;
    ids.push_back(output_);
    return ids;
  }
  // Whether the output may be the first input under another name.
  virtual bool may_alias() const { return false; }

  const std::vector<ValueId>& inputs() const { return inputs_; }
  ValueId output() const { return output_; }
  StepDescription& description() { return description_; }
  const StepDescription& description() const { return description_; }

 private:
  StepDescription description_;
  std::vector<ValueId> inputs_;
  ValueId output_;
};

using StepPtr = std::unique_ptr<Step>;

}  // namespace nudge::plan
