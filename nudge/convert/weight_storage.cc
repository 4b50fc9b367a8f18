#include "nudge/convert/weight_storage.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "nudge/tflite/versions.h"

namespace nudge::convert {
namespace {

using tflite::BuiltinOperator;
using tflite::TensorType;
using tflite::TfLiteTensor;

constexpr int64_t kFewestElements = 1024;

bool is_large_weight(const TfLiteTensor& tensor) {
  return tensor.is_constant() && tensor.type == TensorType::kFloat32 &&
         element_count(tensor.shape) >= kFewestElements;
}

// The nearest float16, ties to even; infinite beyond its range.
uint16_t to_float16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  const float size = std::abs(value);
  constexpr float kLeastNormal = 0x1p-14F, kBeyond = 65520;
  if (!(size < kBeyond)) return static_cast<uint16_t>(sign | 0x7C00);
  // Adding a power of two leaves the digits that float16 has, rounded as the processor rounds.
  if (size < kLeastNormal)
    return static_cast<uint16_t>(sign |
                                 (std::bit_cast<uint32_t>(size + 0.5F) - std::bit_cast<uint32_t>(0.5F)));
  const uint32_t magnitude = bits & 0x7FFFFFFF, odd = (magnitude >> 13) & 1;
  constexpr uint32_t kRebias = uint32_t{127 - 15} << 23;
  return static_cast<uint16_t>(sign | ((magnitude - kRebias + 0xFFF + odd) >> 13));
}

// Empty where a value is too large.
std::vector<std::byte> halves_of(const TfLiteTensor& tensor) {
  const Array values = to_array(tensor);
  std::vector<std::byte> halves(static_cast<size_t>(values.size()) * sizeof(uint16_t));
  for (int64_t i = 0; i < values.size(); ++i) {
    const uint16_t half = to_float16(values.data<float>()[i]);
    if ((half & 0x7C00) == 0x7C00) return {};
    std::memcpy(halves.data() + sizeof(half) * static_cast<size_t>(i), &half, sizeof(half));
  }
  return halves;
}

void store_float16(tflite::SubGraph& graph) {
  std::map<int32_t, int32_t> floats;  // by the float16 constant
  const auto count = static_cast<int32_t>(graph.tensors.size());
  std::vector<tflite::Operator> operators;
  for (int32_t index = 0; index < count; ++index) {
    if (!is_large_weight(graph.tensors[static_cast<size_t>(index)])) continue;
    std::vector<std::byte> halves = halves_of(graph.tensors[static_cast<size_t>(index)]);
    if (halves.empty()) continue;
    TfLiteTensor whole = graph.tensors[static_cast<size_t>(index)];
    whole.data.clear();
    TfLiteTensor& stored = graph.tensors[static_cast<size_t>(index)];
    stored.name += "/float16";
    stored.type = TensorType::kFloat16;
    stored.data = std::move(halves);
    floats[index] = graph.add(std::move(whole));
    tflite::Operator dequantize;
    dequantize.op = BuiltinOperator::kDequantize;
    dequantize.inputs = {index};
    dequantize.outputs = {floats[index]};
    operators.push_back(std::move(dequantize));
  }
  for (tflite::Operator& op : graph.operators) {
    for (int32_t& input : op.inputs) {
      const auto found = floats.find(input);
      if (found != floats.end()) input = found->second;
    }
    operators.push_back(std::move(op));
  }
  graph.operators = std::move(operators);
}

// The dimension whose indices have scales of their own, or one scale for all; nothing of operators that do
// not compute with int8 weights and float inputs.
struct Channels {
  std::optional<size_t> dimension;
};

std::optional<Channels> channels_of(const tflite::Operator& op) {
  if (op.op == BuiltinOperator::kConv2d) return Channels{0};
  if (op.op == BuiltinOperator::kDepthwiseConv2d) return Channels{3};
  if (op.op == BuiltinOperator::kFullyConnected) return Channels{};
  return std::nullopt;
}

void store_int8(TfLiteTensor& tensor, const Channels& channels) {
  const Array values = to_array(tensor);
  int64_t inner = 1, count = 1;
  if (channels.dimension) {
    count = tensor.shape[*channels.dimension];
    for (size_t d = *channels.dimension + 1; d < tensor.shape.size(); ++d) inner *= tensor.shape[d];
  }
  const auto channel = [&](int64_t i) { return static_cast<size_t>(i / inner % count); };
  constexpr float kMostCode = 127;
  tflite::Quantization grid;
  grid.scale.assign(static_cast<size_t>(count), 0.0F);
  grid.zero_point.assign(static_cast<size_t>(count), 0);
  grid.dimension = static_cast<int32_t>(channels.dimension.value_or(0));
  for (int64_t i = 0; i < values.size(); ++i) {
    float& scale = grid.scale[channel(i)];
    scale = std::max(scale, std::abs(values.data<float>()[i]) / kMostCode);
  }
  // Of a channel of zeros any scale will do.
  std::replace(grid.scale.begin(), grid.scale.end(), 0.0F, 1.0F);
  tensor.data.resize(static_cast<size_t>(values.size()));
  for (int64_t i = 0; i < values.size(); ++i) {
    const float code = std::round(values.data<float>()[i] / grid.scale[channel(i)]);
    tensor.data[static_cast<size_t>(i)] =
        static_cast<std::byte>(static_cast<int8_t>(std::clamp(code, -kMostCode, kMostCode)));
  }
  tensor.type = TensorType::kInt8;
  tensor.quantization = std::move(grid);
}

void store_int8(tflite::SubGraph& graph) {
  // Weights that something else reads, or another operator in its own way, stay as they are.
  std::map<int32_t, std::set<BuiltinOperator>> readers;
  std::set<int32_t> elsewhere;
  for (const tflite::Operator& op : graph.operators) {
    for (size_t i = 0; i < op.inputs.size(); ++i) {
      if (i == 1 && channels_of(op)) {
        readers[op.inputs[i]].insert(op.op);
      } else {
        elsewhere.insert(op.inputs[i]);
      }
    }
  }
  for (tflite::Operator& op : graph.operators) {
    const auto channels = channels_of(op);
    if (!channels || op.inputs.size() < 2) continue;
    const int32_t index = op.inputs[1];
    TfLiteTensor& weights = graph.tensors[static_cast<size_t>(index)];
    if (is_large_weight(weights) && !elsewhere.contains(index) && readers[index].size() == 1)
      store_int8(weights, *channels);
    auto* dense = std::get_if<tflite::TfLiteFullyConnectedOptions>(&op.options);
    if (dense != nullptr && weights.type == TensorType::kInt8) dense->asymmetric_quantize_inputs = true;
  }
}

}  // namespace

void store_weights(tflite::TfLiteModel& file, WeightStorage storage) {
  if (storage == WeightStorage::kFloat32) return;
  for (tflite::SubGraph& graph : file.subgraphs) {
    if (storage == WeightStorage::kFloat16) {
      store_float16(graph);
    } else {
      store_int8(graph);
    }
  }
  tflite::set_lowest_versions(file);
}

}  // namespace nudge::convert
