#include "nudge/train/predictor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
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

void check_ends(size_t inputs, size_t outputs, const std::string& name) {
  if (inputs == 1 && outputs == 1) return;
  throw UnsupportedError(name + ": has " + std::to_string(inputs) + " inputs and " + std::to_string(outputs) +
                         " outputs; a classifier of images has one of each");
}

}  // namespace

class Predictor::State {
 public:
  State(const tflite::TfLiteModel& file, const PredictorOptions& options, std::vector<std::byte> bytes)
      : runtime(to_string(options.runtime)) {
    const tflite::SubGraph& graph = file.main();
    check_ends(graph.inputs.size(), graph.outputs.size(), options.name);
    input_ = graph.tensors.at(static_cast<size_t>(graph.inputs[0]));
    output_ = graph.tensors.at(static_cast<size_t>(graph.outputs[0]));
    check_end(*input_, "input", "an image");
    check_end(*output_, "output", "a score");
    input_shape = input_->shape;
    output_shape = output_->shape;
    form = output_form(file);
    card = convert::model_card(file);
    runner_ = run_file(file, {.runtime = options.runtime, .name = options.name}, std::move(bytes));
  }

  State(const ModelPtr& model, const PredictorOptions& options) {
    check_ends(model->inputs().size(), model->outputs().size(), options.name);
    model->initialize(options.seed);
    input_shape = model->inputs().front().shape();
    output_shape = model->outputs().front().shape();
    form = output_form(*model);
    runtime = options.simulated                ? "simulation"
              : quantize::is_quantized(*model) ? to_string(Runtime::kReference)
                                               : "float";
    runner_ = run_model(model, {.simulated = options.simulated, .seed = options.seed, .name = options.name});
  }

  Array predict(const Array& images) {
    const Array output = runner_->run({input_ ? to_input(images, *input_) : images}).front().second;
    return output_ ? to_values(output, *output_) : output;
  }

  std::string runtime;
  Shape input_shape, output_shape;
  OutputForm form;
  keras::ModelCard card;

 private:
  std::unique_ptr<TensorRunner> runner_;
  std::optional<tflite::TfLiteTensor> input_, output_;  // of a file
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
const Shape& Predictor::input_shape() const { return state_->input_shape; }
const Shape& Predictor::output_shape() const { return state_->output_shape; }
const OutputForm& Predictor::output() const { return state_->form; }
Array Predictor::predict(const Array& images) { return state_->predict(images); }

Evaluation Predictor::evaluate(data::Loader& data) { return evaluate(data, *loss_for(state_->form)); }

Evaluation Predictor::evaluate(data::Loader& data, const Loss& loss) {
  return train::evaluate([this](const Array& x) { return predict(x); }, data, loss);
}

}  // namespace nudge::train
