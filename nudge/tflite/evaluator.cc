#include "nudge/tflite/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/graph_preparation.h"
#include "nudge/tflite/validate.h"

namespace nudge::tflite {

class Evaluator::Plan {
 public:
  Plan(TfLiteModel model, EvaluatorOptions options) : model_(std::move(model)), options_(std::move(options)) {
    validate(model_, options_.name);
    GraphPreparation preparation(model_.main(), options_.name, Extent::kWhole);
    steps_ = preparation.take_steps();
    constants_ = preparation.take_constants();
    is_computed_ = preparation.is_computed();
  }

  const TfLiteModel& model() const { return model_; }

  std::vector<Array> run(const std::vector<Array>& inputs) {
    const int64_t batches = count_batches(inputs);
    const SubGraph& graph = model_.main();
    kept_.assign(graph.tensors.size(), Array());
    if (batches == 1) {
      std::unique_ptr<Arrays> state = acquire();
      run_batch(inputs, 0, *state);
      for (size_t i = 0; i < state->size(); ++i) kept_[i] = (*state)[i];
      std::vector<Array> outputs;
      for (const int32_t index : graph.outputs) outputs.push_back(kept_[static_cast<size_t>(index)].clone());
      release(std::move(state));  // kept_ shares its bytes until the next run
      return outputs;
    }
    std::vector<int32_t> wanted = graph.outputs;
    if (options_.keep_tensors) {
      for (size_t i = 0; i < graph.tensors.size(); ++i) {
        if (is_computed_[i]) wanted.push_back(static_cast<int32_t>(i));
      }
    }
    for (const int32_t index : wanted) {
      Array& stacked = kept_[static_cast<size_t>(index)];
      if (stacked.empty())
        stacked = Array(stacked_shape(index, batches), type_of(static_cast<size_t>(index)));
    }
    parallel_for(batches, 1, [&](int64_t begin, int64_t end) {
      std::unique_ptr<Arrays> state = acquire();
      for (int64_t batch = begin; batch < end; ++batch) {
        run_batch(inputs, batch, *state);
        for (const int32_t index : wanted) {
          const Array& part = (*state)[static_cast<size_t>(index)];
          std::memcpy(
              kept_[static_cast<size_t>(index)].bytes() + part.byte_size() * static_cast<size_t>(batch),
              part.bytes(), part.byte_size());
        }
      }
      release(std::move(state));
    });
    std::vector<Array> outputs;
    for (const int32_t index : graph.outputs) outputs.push_back(kept_[static_cast<size_t>(index)].clone());
    return outputs;
  }

  Array tensor(int32_t index) const {
    if (index < 0 || static_cast<size_t>(index) >= model_.main().tensors.size()) {
      throw ValueError(fmt::format("{}: there is no tensor {}", options_.name, index));
    }
    const auto i = static_cast<size_t>(index);
    if (!constants_[i].empty()) return constants_[i];
    if (kept_.empty() || kept_[i].empty()) {
      throw ValueError(
          fmt::format("{}: tensor {} was not kept by the last run; set keep_tensors", options_.name, index));
    }
    return kept_[i].clone();
  }

 private:
  // How many of the model's own batches the inputs hold.
  int64_t count_batches(const std::vector<Array>& inputs) const {
    const SubGraph& graph = model_.main();
    if (inputs.size() != graph.inputs.size()) {
      throw ValueError(
          fmt::format("{}: has {} inputs, {} given", options_.name, graph.inputs.size(), inputs.size()));
    }
    int64_t batches = -1;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const TfLiteTensor& tensor = graph.tensors[static_cast<size_t>(graph.inputs[i])];
      const Shape& given = inputs[i].shape();
      const std::string expected = fmt::format("{}: input '{}' is {} {}", options_.name, tensor.name,
                                               to_string(tensor.type), to_string(tensor.shape));
      if (inputs[i].empty() || inputs[i].type() != data_type(tensor.type)) {
        throw ValueError(fmt::format("{}, given {}", expected, to_string(inputs[i].type())));
      }
      int64_t here = 1;
      if (given != tensor.shape) {
        const bool fits = !given.empty() && given.size() == tensor.shape.size() && tensor.shape[0] > 0 &&
                          given[0] > 0 && given[0] % tensor.shape[0] == 0 &&
                          with_batch(given, tensor.shape[0]) == tensor.shape;
        if (!fits) throw ShapeError(fmt::format("{}, given {}", expected, to_string(given)));
        here = given[0] / tensor.shape[0];
      }
      if (batches >= 0 && here != batches) {
        throw ShapeError(fmt::format("{}, given {}: another number of batches than the inputs before",
                                     expected, to_string(given)));
      }
      batches = here;
    }
    return std::max<int64_t>(batches, 1);
  }

  DataType type_of(size_t index) const { return data_type(model_.main().tensors[index].type); }

  Shape stacked_shape(int32_t index, int64_t batches) const {
    Shape shape = model_.main().tensors[static_cast<size_t>(index)].shape;
    if (shape.empty()) return {batches};
    shape[0] *= batches;
    return shape;
  }

  void run_batch(const std::vector<Array>& inputs, int64_t batch, Arrays& state) const {
    const SubGraph& graph = model_.main();
    for (size_t i = 0; i < inputs.size(); ++i) {
      Array& target = state[static_cast<size_t>(graph.inputs[i])];
      if (target.byte_size() == 0) continue;
      std::memcpy(target.bytes(), inputs[i].bytes() + target.byte_size() * static_cast<size_t>(batch),
                  target.byte_size());
    }
    for (const Kernel& step : steps_) step(state);
  }

  std::unique_ptr<Arrays> acquire() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto state = std::move(free_.back());
        free_.pop_back();
        return state;
      }
    }
    const SubGraph& graph = model_.main();
    auto state = std::make_unique<Arrays>(constants_);
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      if (is_computed_[i]) (*state)[i] = Array(graph.tensors[i].shape, type_of(i));
    }
    return state;
  }

  void release(std::unique_ptr<Arrays> state) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(state));
  }

  TfLiteModel model_;
  EvaluatorOptions options_;
  std::vector<Kernel> steps_;
  std::vector<bool> is_computed_;  // inputs, variables and what operators write anew in each run
  Arrays constants_;
  Arrays kept_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Arrays>> free_;
};

Evaluator::Evaluator(TfLiteModel model, EvaluatorOptions options)
    : plan_(std::make_unique<Plan>(std::move(model), std::move(options))) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

std::vector<Array> Evaluator::run(const std::vector<Array>& inputs) { return plan_->run(inputs); }

Array Evaluator::tensor(int32_t index) const { return plan_->tensor(index); }

const TfLiteModel& Evaluator::model() const { return plan_->model(); }

void check_operators(TfLiteModel model, const std::string& name) {
  validate(model, name);
  GraphPreparation(model.main(), name, Extent::kChecks);
}

}  // namespace nudge::tflite
