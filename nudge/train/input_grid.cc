#include "nudge/train/input_grid.h"

#include <fmt/format.h>

#include <cmath>

#include "nudge/kernels/values/grid.h"
#include "nudge/quantize/input_range.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::train {
namespace {

constexpr int64_t kInt8Shift = 128;

// Half a code, and what float arithmetic may add to it.
constexpr double kHalfCode = 0.5 + 1e-3;

const tflite::TfLiteTensor& tensor_of(const tflite::SubGraph& graph, int32_t index) {
  return graph.tensors.at(static_cast<size_t>(index));
}

std::optional<InputGrid> grid_of(const tflite::TfLiteTensor& tensor) {
  const bool bytes = tensor.type == tflite::TensorType::kUInt8;
  if (!bytes && tensor.type != tflite::TensorType::kInt8) return std::nullopt;
  if (!tensor.quantization || tensor.quantization->scale.size() != 1 ||
      tensor.quantization->zero_point.size() != 1 || !(tensor.quantization->scale[0] > 0)) {
    return std::nullopt;
  }
  return InputGrid{tensor.quantization->scale[0],
                   tensor.quantization->zero_point[0] + (bytes ? 0 : kInt8Shift)};
}

// That of the one input; null where there is none.
const Layer* input_quantizer(const Model& model) {
  if (model.inputs().size() != 1) return nullptr;
  for (const auto& node : model.nodes()) {
    if (node->inputs.size() != 1 || !(node->inputs.front() == model.inputs().front())) continue;
    const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(node->layer.get());
    const bool identity = quantized != nullptr && quantized->inner() == nullptr;
    if (identity && quantized->slots().size() == 1) return node->layer.get();
  }
  return nullptr;
}

// "x / 127.5 - 1"
std::string formula(const data::Preprocess& preprocess) {
  const std::string word = to_string(preprocess);
  if (word == "none") return "x";
  if (word == "tf") return "x / 127.5 - 1";
  if (word == "rescale") return "x / 255";
  if (const auto line = preprocess.line()) return fmt::format("x * {} + {}", line->scale, line->offset);
  return word + "(x)";
}

}  // namespace

std::optional<InputGrid> input_grid(const Model& model) {
  const Layer* layer = input_quantizer(model);
  if (layer == nullptr) return std::nullopt;
  const quantize::QuantizerSlot& slot = dynamic_cast<const quantize::QuantizedLayer&>(*layer).slots().front();
  const quantize::QuantizerOptions& options = slot.quantizer->options();
  if (options.num_bits != 8) return std::nullopt;
  float min = options.init_min, max = options.init_max;
  // A range that follows the data is where training left it, which is where it is in the file made of it.
  if (slot.quantizer->has_range()) {
    const Weight &low = layer->weight(slot.name + "_min"), &high = layer->weight(slot.name + "_max");
    if (low.value.empty() || high.value.empty()) return std::nullopt;
    min = low.value.data<float>()[0];
    max = high.value.data<float>()[0];
  }
  const auto grid = kernels::nudge_range(min, max, options.num_bits, options.narrow_range);
  return InputGrid{grid.scale, grid.zero_point};
}

std::optional<InputGrid> input_grid(const tflite::TfLiteModel& file) {
  const tflite::SubGraph& graph = file.main();
  if (graph.inputs.size() != 1) return std::nullopt;
  if (const auto grid = grid_of(tensor_of(graph, graph.inputs.front()))) return grid;
  for (const tflite::Operator& op : graph.operators) {
    const bool first = op.op == tflite::BuiltinOperator::kQuantize && op.inputs.size() == 1 &&
                       op.inputs.front() == graph.inputs.front() && op.outputs.size() == 1;
    if (first) return grid_of(tensor_of(graph, op.outputs.front()));
  }
  return std::nullopt;
}

bool takes_bytes(const InputGrid& grid, const data::Preprocess& preprocess) {
  const auto line = preprocess.line();
  if (!line || !(line->scale > 0)) return false;
  const double scale = line->scale, steps = scale / static_cast<double>(grid.scale);
  return std::abs(steps - 1) < 1e-5 && std::abs(static_cast<double>(line->offset) / scale +
                                                static_cast<double>(grid.zero_point)) < kHalfCode;
}

data::Preprocess on_grid(const data::Preprocess& preprocess, const std::optional<InputGrid>& grid) {
  if (!grid || !takes_bytes(*grid, preprocess)) return preprocess;
  return data::Preprocess::linear(grid->scale, -static_cast<float>(grid->zero_point) * grid->scale);
}

std::optional<std::pair<float, float>> pixel_range(const data::Preprocess& preprocess) {
  const auto line = preprocess.line();
  if (!line || !(line->scale > 0)) return std::nullopt;
  const float min = line->offset, max = line->scale * 255.0f + line->offset;
  if (min > 0.0f || max < 0.0f) return std::nullopt;
  return std::pair{min, max};
}

ModelPtr on_pixel_grid(const ModelPtr& quantized, const data::Preprocess& preprocess) {
  const auto range = pixel_range(preprocess);
  return range && input_quantizer(*quantized) != nullptr
             ? quantize::fix_input_range(*quantized, range->first, range->second)
             : quantized;
}

std::string feeding(const tflite::TfLiteModel& file, const std::optional<data::Preprocess>& preprocess) {
  const tflite::SubGraph& graph = file.main();
  if (graph.inputs.size() != 1) return "";
  const tflite::TfLiteTensor& tensor = tensor_of(graph, graph.inputs.front());
  const std::string start = "input: " + to_string(tflite::data_type(tensor.type));
  const auto grid = grid_of(tensor);
  if (!preprocess) {
    const std::string codes =
        grid ? fmt::format(" of scale {} and zero point {}", grid->scale, tensor.quantization->zero_point[0])
             : "";
    return start + codes + "; nothing says how pixels are scaled for it";
  }
  if (!grid) return start + ", " + formula(*preprocess) + " of each pixel x in 0..255";
  const bool bytes = tensor.type == tflite::TensorType::kUInt8;
  if (takes_bytes(*grid, *preprocess)) {
    return start + (bytes ? ", a picture's bytes 0..255 as they are" : ", a picture's bytes 0..255 less 128");
  }
  return start + fmt::format(", round(({}) / {}) + {} of each pixel x in 0..255", formula(*preprocess),
                             grid->scale, tensor.quantization->zero_point[0]);
}

}  // namespace nudge::train
