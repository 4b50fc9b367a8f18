#include "nudge/train/tensor_runner.h"

#include <algorithm>
#include <optional>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/base/threads.h"
#include "nudge/convert/convert.h"
#include "nudge/graph/flatten.h"
#include "nudge/plan/plan.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/litert_process.h"
#include "nudge/tflite/writer.h"

namespace nudge::train {
namespace {

// Tensors of a file may share a name or have none.
class UniqueNames {
 public:
  std::string operator()(const std::string& name, size_t index) {
    const std::string number = std::to_string(index);
    if (name.empty()) return (*this)("tensor_" + number, index);
    return taken_.insert(name).second ? name : name + "_" + number;
  }

 private:
  std::set<std::string> taken_;
};

const tflite::TfLiteTensor& tensor_at(const tflite::SubGraph& graph, int32_t index) {
  return graph.tensors.at(static_cast<size_t>(index));
}

class EvaluatedFile : public TensorRunner {
 public:
  EvaluatedFile(tflite::TfLiteModel model, const std::string& name, bool all)
      : evaluator_(std::move(model), {.keep_tensors = all, .name = name}), all_(all) {}

  NamedTensors run(const std::vector<Array>& inputs) override {
    const std::vector<Array> outputs = evaluator_.run(inputs);
    const tflite::SubGraph& graph = evaluator_.model().main();
    UniqueNames unique;
    NamedTensors named;
    if (!all_) {
      for (size_t i = 0; i < outputs.size(); ++i) {
        named.emplace_back(unique(tensor_at(graph, graph.outputs[i]).name, i), outputs[i]);
      }
      return named;
    }
    std::set<int32_t> present(graph.inputs.begin(), graph.inputs.end());
    for (const tflite::Operator& op : graph.operators) {
      present.insert(op.inputs.begin(), op.inputs.end());
      present.insert(op.outputs.begin(), op.outputs.end());
    }
    present.erase(-1);
    for (const int32_t index : present) {
      named.emplace_back(unique(tensor_at(graph, index).name, static_cast<size_t>(index)),
                         evaluator_.tensor(index));
    }
    return named;
  }

 private:
  tflite::Evaluator evaluator_;
  bool all_;
};

class LiteRtFile : public TensorRunner {
 public:
  // `unchecked`: of a file that might end LiteRT, which operator no check covers; it then runs in a process
  // of its own.
  LiteRtFile(tflite::TfLiteModel model, std::vector<std::byte> bytes, std::string name,
             tflite::Kernels kernels, std::optional<std::string> unchecked)
      : name_(std::move(name)), model_(std::move(model)), unchecked_(std::move(unchecked)) {
    if (bytes.empty()) bytes = tflite::serialize(model_);
    const tflite::LiteRtOptions options{.kernels = kernels, .threads = thread_count()};
    guarded([&] {
      if (unchecked_) {
        apart_.emplace(bytes, options);
      } else {
        litert_.emplace(std::move(bytes), options);
      }
    });
  }

  NamedTensors run(const std::vector<Array>& inputs) override {
    const tflite::SubGraph& graph = model_.main();
    check_inputs(inputs);
    std::vector<Array> ordered;
    for (const tflite::LiteRtTensor& port : apart_ ? apart_->inputs() : litert_->inputs()) {
      const auto at = std::find(graph.inputs.begin(), graph.inputs.end(), index_of(port.name, true));
      ordered.push_back(inputs.at(static_cast<size_t>(at - graph.inputs.begin())));
    }
    std::vector<Array> outputs;
    guarded([&] { outputs = apart_ ? apart_->run(ordered) : litert_->run(ordered); });
    const auto& ports = apart_ ? apart_->outputs() : litert_->outputs();
    UniqueNames unique;
    NamedTensors named;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string& port = ports[i].name;
      named.emplace_back(unique(tensor_at(graph, index_of(port, false)).name, i), outputs[i]);
    }
    return named;
  }

 private:
  // LiteRT checks too, but does not know the names.
  void check_inputs(const std::vector<Array>& inputs) const {
    const tflite::SubGraph& graph = model_.main();
    if (inputs.size() != graph.inputs.size()) {
      throw ShapeError(name_ + ": takes " + std::to_string(graph.inputs.size()) + " inputs, given " +
                       std::to_string(inputs.size()));
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      const tflite::TfLiteTensor& tensor = tensor_at(graph, graph.inputs[i]);
      const Shape& given = inputs[i].shape();
      const bool fits = !given.empty() && given.size() == tensor.shape.size() &&
                        std::equal(given.begin() + 1, given.end(), tensor.shape.begin() + 1);
      if (fits && inputs[i].type() == tflite::data_type(tensor.type)) continue;
      throw ShapeError(name_ + ": input '" + tensor.name + "' is " +
                       to_string(tflite::data_type(tensor.type)) + " " + to_string(tensor.shape) +
                       ", given " + to_string(inputs[i].type()) + " " + to_string(given));
    }
  }

  // LiteRT knows neither the file nor what is unusual in it.
  template <typename Use>
  void guarded(const Use& use) const {
    try {
      use();
    } catch (const UnsupportedError& error) {
      if (!unchecked_) throw;
      throw UnsupportedError(name_ + ": " + error.what() + "; what no check covers: " + *unchecked_);
    }
  }

  // LiteRT goes by the signature's names, or the tensors' own where a file has no signature.
  int32_t index_of(const std::string& port, bool input) const {
    const tflite::SubGraph& graph = model_.main();
    if (!model_.signatures.empty()) {
      const tflite::Signature& signature = model_.signatures.front();
      for (const auto& [name, index] : input ? signature.inputs : signature.outputs) {
        if (name == port) return index;
      }
    }
    for (const int32_t index : input ? graph.inputs : graph.outputs) {
      if (tensor_at(graph, index).name == port) return index;
    }
    throw InputError(name_ + ": has no tensor for '" + port + "' of its signature");
  }

  std::string name_;
  tflite::TfLiteModel model_;
  std::optional<std::string> unchecked_;
  std::optional<tflite::LiteRt> litert_;  // or
  std::optional<tflite::LiteRtProcess> apart_;
};

class PlannedModel : public TensorRunner {
 public:
  // Fused layers leave no output of their own, so every layer is computed apart when all are wanted.
  PlannedModel(const ModelPtr& model, const TensorRunnerOptions& options)
      : model_(flatten_model(*model)),
        plan_(plan::compile(model, {.fused = !options.all_tensors, .seed = options.seed})),
        all_(options.all_tensors) {}

  NamedTensors run(const std::vector<Array>& inputs) override {
    const std::vector<Array> outputs = plan_->forward(inputs, plan::Mode::kInference);
    NamedTensors named;
    UniqueNames unique;
    if (!all_) {
      for (size_t i = 0; i < outputs.size(); ++i) {
        named.emplace_back(unique(model_->outputs()[i].layer().name(), i), outputs[i]);
      }
      return named;
    }
    for (const LayerPtr& layer : model_->layers())
      named.emplace_back(layer->name(), plan_->layer_output(layer->name()));
    return named;
  }

 private:
  ModelPtr model_;
  std::unique_ptr<plan::Plan> plan_;
  bool all_;
};

// Where LiteRT's reference kernel ends the process when that many codes are near the largest.
std::optional<std::string> large_softmax(const tflite::SubGraph& graph) {
  constexpr int64_t kMostCodes = 511;
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const tflite::Operator& op = graph.operators[i];
    if (op.op != tflite::BuiltinOperator::kSoftmax || op.inputs.empty() || op.inputs[0] < 0) continue;
    const tflite::TfLiteTensor& input = tensor_at(graph, op.inputs[0]);
    if (input.type == tflite::TensorType::kFloat32 || input.shape.empty()) continue;
    if (input.shape.back() > kMostCodes)
      return "operator " + std::to_string(i) + " SOFTMAX: of more codes than its reference kernel can add";
  }
  return std::nullopt;
}

// LiteRT trusts a file: wrong indices, shapes and scales end the program.  The evaluator checks all of them;
// what it does not compute is returned, as "operator 3 CUSTOM: ...".
std::optional<std::string> check_for_litert(const tflite::TfLiteModel& file, const std::string& name,
                                            Runtime runtime) {
  try {
    tflite::check_operators(file, name);
  } catch (const UnsupportedError& error) {
    const std::string what = error.what();
    return what.starts_with(name + ": ") ? what.substr(name.size() + 2) : what;
  }
  return runtime == Runtime::kLitertReference ? large_softmax(file.main()) : std::nullopt;
}

}  // namespace

std::unique_ptr<TensorRunner> run_file(tflite::TfLiteModel file, const TensorRunnerOptions& options,
                                       std::vector<std::byte> bytes) {
  const bool inner = options.all_tensors && options.runtime == Runtime::kAuto;
  const Runtime runtime = inner ? Runtime::kReference : installed_runtime(options.runtime);
  if (runtime == Runtime::kReference) {
    if (options.runtime == Runtime::kAuto && !inner) {
      log_warning("LiteRT is not installed: " + options.name +
                  " runs in nudge's own evaluator, which gives the values of LiteRT's reference kernels");
    }
    return std::make_unique<EvaluatedFile>(std::move(file), options.name, options.all_tensors);
  }
  if (options.all_tensors) {
    throw UnsupportedError("--tensors all: " + to_string(runtime) +
                           " gives outputs only; use --runtime reference");
  }
  std::optional<std::string> unchecked = check_for_litert(file, options.name, runtime);
  const bool reference = runtime == Runtime::kLitertReference;
  return std::make_unique<LiteRtFile>(std::move(file), std::move(bytes), options.name,
                                      reference ? tflite::Kernels::kReference : tflite::Kernels::kDefault,
                                      std::move(unchecked));
}

std::unique_ptr<TensorRunner> run_model(const ModelPtr& model, const TensorRunnerOptions& options) {
  if (options.simulated || !quantize::is_quantized(*model))
    return std::make_unique<PlannedModel>(model, options);
  return std::make_unique<EvaluatedFile>(convert::convert(*model).file, options.name, options.all_tensors);
}

}  // namespace nudge::train
