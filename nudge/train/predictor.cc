#include "nudge/train/predictor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/convert/file_card.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/save.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/reader.h"
#include "nudge/train/tensor_runner.h"

namespace nudge::train {
namespace {

// TFLite's QUANTIZE: round half away from zero, then clamp to the type.
template <typename T>
Array quantized(const Array& values, const tflite::Quantization& grid) {
  Array codes(values.shape(), DataTypeOf<T>::value);
  T* out = codes.data<T>();
  for (const float value : values.span<float>()) {
    const float code = std::round(value / grid.scale[0]) + static_cast<float>(grid.zero_point[0]);
    *out++ = static_cast<T>(std::clamp(code, static_cast<float>(std::numeric_limits<T>::min()),
                                       static_cast<float>(std::numeric_limits<T>::max())));
  }
  return codes;
}

template <typename T>
Array dequantized(const Array& codes, const tflite::Quantization& grid) {
  Array values(codes.shape());
  float* out = values.data<float>();
  for (const T code : codes.span<T>()) {
    *out++ = grid.scale[0] * static_cast<float>(static_cast<int64_t>(code) - grid.zero_point[0]);
  }
  return values;
}

// check_end() has passed for the tensors of these two.
Array to_input(const Array& values, const tflite::TfLiteTensor& tensor) {
  switch (tensor.type) {
    case tflite::TensorType::kInt8:
      return quantized<int8_t>(values, *tensor.quantization);
    case tflite::TensorType::kUInt8:
      return quantized<uint8_t>(values, *tensor.quantization);
    default:
      return values;
  }
}

Array to_values(const Array& output, const tflite::TfLiteTensor& tensor) {
  switch (tensor.type) {
    case tflite::TensorType::kInt8:
      return dequantized<int8_t>(output, *tensor.quantization);
    case tflite::TensorType::kUInt8:
      return dequantized<uint8_t>(output, *tensor.quantization);
    default:
      return output;
  }
}

// Throws unless to_input or to_values can handle the tensor: the file comes from outside.
void check_end(const tflite::TfLiteTensor& tensor, const std::string& end, const std::string& purpose) {
  if (tensor.type == tflite::TensorType::kFloat32) return;
  if (tensor.type != tflite::TensorType::kInt8 && tensor.type != tflite::TensorType::kUInt8) {
    throw UnsupportedError(end + " '" + tensor.name + "' is " + to_string(tensor.type) + ", not " + purpose);
  }
  if (!tensor.quantization || tensor.quantization->scale.size() != 1 ||
      tensor.quantization->zero_point.size() != 1 || !(tensor.quantization->scale[0] > 0)) {
    throw InputError(end + " '" + tensor.name + "' is " + to_string(tensor.type) + " without a scale");
  }
}

}  // namespace

class Predictor::State {
 public:
  State(const tflite::TfLiteModel& file, const PredictorOptions& options, std::vector<std::byte> bytes)
      : runtime(to_string(installed_runtime(options.runtime))),
        inputs(inputs_of(file)),
        outputs(outputs_of(file)),
        forms(output_forms(file)),
        card(convert::model_card(file)) {
    const tflite::SubGraph& graph = file.main();
    for (const int32_t index : graph.inputs) {
      given_.push_back(graph.tensors.at(static_cast<size_t>(index)));
      check_end(given_.back(), "input", "numbers to predict from");
    }
    for (const int32_t index : graph.outputs) {
      made_.push_back(graph.tensors.at(static_cast<size_t>(index)));
      check_end(made_.back(), "output", "numbers predicted");
    }
    runner_ = run_file(file, {.runtime = options.runtime, .name = options.name}, std::move(bytes));
  }

  State(const ModelPtr& model, const PredictorOptions& options)
      : inputs(inputs_of(*model)), outputs(outputs_of(*model)), forms(output_forms(*model)) {
    model->initialize(options.seed);
    runtime = options.simulated                ? "simulation"
              : quantize::is_quantized(*model) ? to_string(Runtime::kReference)
                                               : "float";
    runner_ = run_model(model, {.simulated = options.simulated, .seed = options.seed, .name = options.name});
  }

  std::vector<Array> predict(const std::vector<Array>& values) {
    std::vector<Array> codes = values;
    for (size_t i = 0; i < std::min(codes.size(), given_.size()); ++i) {
      codes[i] = to_input(values[i], given_[i]);
    }
    std::vector<Array> predictions;
    for (const auto& [name, output] : runner_->run(codes)) {
      const size_t index = predictions.size();
      predictions.push_back(index < made_.size() ? to_values(output, made_[index]) : output);
    }
    return predictions;
  }

  std::string runtime;
  std::vector<ModelEnd> inputs, outputs;
  std::vector<OutputForm> forms;
  keras::ModelCard card;

 private:
  std::unique_ptr<TensorRunner> runner_;
  std::vector<tflite::TfLiteTensor> given_, made_;  // the ends of a file
};

Predictor::Predictor(std::unique_ptr<State> state) : state_(std::move(state)) {}

Predictor::Predictor(const ModelPtr& model, const PredictorOptions& options)
    : Predictor(std::make_unique<State>(model, options)) {}

Predictor::Predictor(const tflite::TfLiteModel& file, const PredictorOptions& options)
    : Predictor(std::make_unique<State>(file, options, std::vector<std::byte>())) {}

Predictor Predictor::open(const std::string& path, PredictorOptions options) {
  options.name = path;
  if (keras::file_kind(path) == keras::FileKind::kTflite) {
    return Predictor(std::make_unique<State>(tflite::read(path), options, read_file(path)));
  }
  const keras::Saved saved = keras::load_saved(path);
  Predictor predictor(saved.model, options);
  predictor.state_->card = saved.card;
  return predictor;
}

Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;

const keras::ModelCard& Predictor::card() const { return state_->card; }
const std::string& Predictor::runtime() const { return state_->runtime; }
const std::vector<ModelEnd>& Predictor::inputs() const { return state_->inputs; }
const std::vector<ModelEnd>& Predictor::outputs() const { return state_->outputs; }
const std::vector<OutputForm>& Predictor::forms() const { return state_->forms; }
std::vector<Array> Predictor::predict(const std::vector<Array>& inputs) { return state_->predict(inputs); }

Evaluation Predictor::evaluate(data::BatchStream& data) {
  std::vector<Goal> goals;
  for (const OutputForm& form : state_->forms) {
    Goal& goal = goals.emplace_back(goal_of(loss_for(form)));
    goal.name = form.name;
  }
  return evaluate(data, Objective(std::move(goals)));
}

Evaluation Predictor::evaluate(data::BatchStream& data, const Objective& objective, int64_t steps) {
  return train::evaluate([this](const std::vector<Array>& x) { return predict(x); }, data, objective, steps);
}

}  // namespace nudge::train
