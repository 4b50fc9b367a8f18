#include "nudge/train/deployed.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "nudge/base/error.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/writer.h"

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

Runtime runtime_from_name(const std::string& name) {
  for (const Runtime runtime : {Runtime::kLitert, Runtime::kLitertReference, Runtime::kReference}) {
    if (name == to_string(runtime)) return runtime;
  }
  throw ValueError("unknown runtime '" + name + "'; known: litert, litert-reference, reference");
}

std::string to_string(Runtime runtime) {
  switch (runtime) {
    case Runtime::kLitert:
      return "litert";
    case Runtime::kLitertReference:
      return "litert-reference";
    case Runtime::kReference:
      return "reference";
  }
  return "";
}

class Deployed::State {
 public:
  State(const tflite::TfLiteModel& model, Runtime runtime) {
    const tflite::SubGraph& graph = model.main();
    if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
      throw UnsupportedError("the file has " + std::to_string(graph.inputs.size()) + " inputs and " +
                             std::to_string(graph.outputs.size()) +
                             " outputs; a classifier of images has one of each");
    }
    input_ = graph.tensors[static_cast<size_t>(graph.inputs[0])];
    output_ = graph.tensors[static_cast<size_t>(graph.outputs[0])];
    check_end(input_, "input", "an image");
    check_end(output_, "output", "a score");
    if (runtime == Runtime::kReference) {
      evaluator_.emplace(model);
      return;
    }
    tflite::LiteRtOptions options;
    options.kernels = runtime == Runtime::kLitert ? tflite::Kernels::kDefault : tflite::Kernels::kReference;
    litert_.emplace(tflite::serialize(model), options);
  }

  Array predict(const Array& inputs) {
    const Array given = to_input(inputs, input_);
    const Array output = evaluator_ ? evaluator_->run({given}).front() : litert_->run({given}).front();
    return to_values(output, output_);
  }

 private:
  tflite::TfLiteTensor input_, output_;
  std::optional<tflite::Evaluator> evaluator_;
  std::optional<tflite::LiteRt> litert_;
};

Deployed::Deployed(const tflite::TfLiteModel& model, Runtime runtime)
    : state_(std::make_unique<State>(model, runtime)) {}
Deployed::~Deployed() = default;
Array Deployed::predict(const Array& inputs) { return state_->predict(inputs); }

}  // namespace nudge::train
