#include "nudge/convert/emitter.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/convert/portable_codes.h"
#include "nudge/convert/portable_multiply.h"
#include "nudge/quantize/placed_program.h"

namespace nudge::convert {

using tflite::BuiltinOperator;
using tflite::Quantization;

Quantization quantization_of(const kernels::Grid& grid) {
  // A range of no width turns everything into zero.  TFLite refuses a scale of zero, and its QUANTIZE
  // overflows on values 2^31 scales from zero, so a range hardly wider (2.5e-6) counts as none.  A scale so
  // large that every value rounds to zero does the same.
  constexpr float kLeastScale = 1e-8f, kZerosOnly = 65536.0f;
  if (grid.scale < kLeastScale) return tflite::per_tensor(kZerosOnly, 0);
  return tflite::per_tensor(grid.scale, grid.zero_point - 128);
}

bool within_reach(double from, double to) { return from < 256.0 * to; }

CodeGrid code_grid(const Quantization& quantization) {
  return {quantization.scale[0], static_cast<int32_t>(quantization.zero_point[0])};
}

bool same_grid(const Quantization& a, const Quantization& b) {
  return a.scale == b.scale && a.zero_point == b.zero_point;
}

Emitter::Emitter(const ops::Program& program, const quantize::Ranges* ranges, const ConvertOptions& options)
    : program_(program), options_(options) {
  if (ranges == nullptr) return;
  ranges_ = quantize::ranges_of_values(program, *ranges);
  for (const ops::Operation& operation : program.operations) {
    const auto* quantize = operation.as<ops::Quantize>();
    if (quantize != nullptr && quantize->of_weight) weights_[operation.output] = operation.inputs[0];
  }
}

const quantize::Range* Emitter::range_of(ops::ValueId value) const {
  return ranges_.empty() ? nullptr : ranges_[static_cast<size_t>(value)];
}

const Weight& Emitter::weight(ops::ValueId value) const {
  const auto quantized = weights_.find(value);
  return *program_.value(quantized == weights_.end() ? value : quantized->second).weight;
}

std::optional<Quantization> Emitter::grid_of(const quantize::Range* range) const {
  if (range == nullptr) return std::nullopt;
  const quantize::QuantizerOptions& options = range->quantizer().options();
  if (options.num_bits != 8 || options.narrow_range || range->count() != 1) {
    throw UnsupportedError("quantizer '" + range->name() +
                           "': a .tflite activation has 8 bits, the full range and one scale; convert needs "
                           "num_bits 8, narrow_range false and per_axis false");
  }
  const auto moved = moved_grids_.find(range);
  if (moved == moved_grids_.end()) return quantization_of(range->grid());
  return tflite::per_tensor(moved->second.scale, moved->second.zero_point);
}

bool Emitter::is_integer(ops::ValueId value) const {
  const auto found = values_.find(value);
  return found == values_.end() ? range_of(value) != nullptr : found->second.integer >= 0;
}

int32_t Emitter::integer(ops::ValueId value) { return made(value).integer; }

int32_t Emitter::real(ops::ValueId value) {
  Value& found = made(value);
  if (found.real < 0) found.real = dequantized(found.integer);
  return found.real;
}

Emitter::Value& Emitter::made(ops::ValueId value) {
  const auto found = values_.find(value);
  if (found != values_.end()) return found->second;
  const Weight& source = weight(value);
  const std::string name = quantize::computing_layer(*program_.value(value).layer).name() + "/" + source.name;
  const Array numbers =
      Array::of<float>(shape(value), {source.value.span<float>().begin(), source.value.span<float>().end()});
  finish(value, add_real_constant(name, numbers, grid_of(value)));
  return values_.at(value);
}

int32_t Emitter::dequantized(int32_t index) {
  const std::string name = graph_.tensors[static_cast<size_t>(index)].name + "/float";
  return add_operator(BuiltinOperator::kDequantize, {index}, name, shape_of(index), std::nullopt);
}

const Quantization& Emitter::quantization(int32_t index) const {
  return *graph_.tensors.at(static_cast<size_t>(index)).quantization;
}

void Emitter::finish(ops::ValueId value, int32_t index) {
  const auto grid = grid_of(value);
  Value& made = values_[value];
  made = {};
  if (grid) {
    made.integer = requantized(index, *grid);
  } else if (graph_.tensors.at(static_cast<size_t>(index)).quantization) {
    made.integer = index;
  } else {
    made.real = index;
  }
}

void Emitter::alias(ops::ValueId value, ops::ValueId source) {
  const Value made = values_.at(source);
  values_[value] = made;
  if (grid_of(value)) finish(value, made.integer >= 0 ? made.integer : made.real);
}

std::string Emitter::unique_name(const std::string& name) {
  std::string unique = name;
  for (int i = 1; !names_.insert(unique).second; ++i) unique = name + ":" + std::to_string(i);
  return unique;
}

int32_t Emitter::add_activation(const std::string& name, const Shape& shape, DataType type,
                                std::optional<Quantization> quantization) {
  tflite::TfLiteTensor tensor;
  tensor.name = unique_name(name);
  tensor.shape = shape;
  if (!shape.empty() && shape[0] == kUnknown) {
    if (target() == Target::kAny) tensor.shape_signature = shape;
    tensor.shape[0] = 1;
  }
  tensor.type = tflite::tensor_type(type);
  tensor.quantization = std::move(quantization);
  return graph_.add(std::move(tensor));
}

int32_t Emitter::add_constant(const std::string& name, const Array& array,
                              std::optional<Quantization> quantization) {
  return graph_.add(tflite::constant(unique_name(name), array, std::move(quantization)));
}

int32_t Emitter::add_real_constant(const std::string& name, const Array& array,
                                   const std::optional<Quantization>& grid) {
  if (!grid) return add_constant(name, array);
  Array codes(array.shape(), DataType::kInt8);
  for (int64_t i = 0; i < array.size(); ++i) {
    const double code =
        std::round(static_cast<double>(array.data<float>()[i]) / static_cast<double>(grid->scale[0])) +
        static_cast<double>(grid->zero_point[0]);
    codes.data<int8_t>()[i] = static_cast<int8_t>(std::clamp(code, -128.0, 127.0));
  }
  return add_constant(name, codes, grid);
}

int32_t Emitter::add_operator(BuiltinOperator op, std::vector<int32_t> inputs, const std::string& name,
                              const Shape& shape, std::optional<Quantization> quantization,
                              tflite::Options options) {
  const DataType type = quantization ? DataType::kInt8 : DataType::kFloat32;
  const int32_t output = add_activation(name, shape, type, std::move(quantization));
  tflite::Operator made;
  made.op = op;
  made.inputs = std::move(inputs);
  made.outputs = {output};
  made.options = std::move(options);
  graph_.operators.push_back(std::move(made));
  return output;
}

int32_t Emitter::requantized(int32_t index, const Quantization& target) {
  const tflite::TfLiteTensor& tensor = graph_.tensors.at(static_cast<size_t>(index));
  if (tensor.quantization && tensor.type == tflite::TensorType::kInt8 &&
      same_grid(*tensor.quantization, target)) {
    return index;
  }
  if (tensor.quantization && !within_reach(static_cast<double>(tensor.quantization->scale[0]),
                                           static_cast<double>(target.scale[0]))) {
    return requantized(dequantized(index), target);
  }
  const std::string name = tensor.name + "/quantized";
  if (portable_scales() && tensor.type == tflite::TensorType::kInt8) {
    const CodeGrid from = code_grid(*tensor.quantization), to = code_grid(target);
    const auto unit = requantized_otherwise(from, to) > 0 ? portable_unit(from, to) : std::nullopt;
    if (unit) {
      const int32_t one = add_constant(name + "/one", Array::of<int8_t>({1}, {unit->code}),
                                       tflite::per_tensor(unit->scale, 0));
      return add_operator(BuiltinOperator::kMul, {index, one}, name, shape_of(index), target,
                          tflite::TfLiteMulOptions{});
    }
  }
  return add_operator(BuiltinOperator::kQuantize, {index}, name, shape_of(index), target);
}

int32_t Emitter::reshaped(int32_t index, const std::string& name, const Shape& shape) {
  std::vector<int32_t> dimensions;
  for (const int64_t d : shape) dimensions.push_back(static_cast<int32_t>(d));
  if (target() == Target::kEdgeTpu && !shape.empty() && shape[0] == kUnknown) dimensions[0] = 1;
  const int32_t target = add_constant(
      name + "/shape", Array::of<int32_t>({static_cast<int64_t>(dimensions.size())}, dimensions));
  const auto quantization = graph_.tensors.at(static_cast<size_t>(index)).quantization;
  return add_operator(BuiltinOperator::kReshape, {index, target}, name, shape, quantization,
                      tflite::TfLiteReshapeOptions{dimensions});
}

Shape Emitter::shape_of(int32_t index) const {
  const tflite::TfLiteTensor& tensor = graph_.tensors.at(static_cast<size_t>(index));
  return tensor.shape_signature.empty() ? tensor.shape : tensor.shape_signature;
}

}  // namespace nudge::convert
