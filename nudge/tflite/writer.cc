#include "nudge/tflite/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>
#include <tuple>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/tflite/operator_options-inl.h"
#include "nudge/tflite/validate.h"
#include "nudge/tflite/versions.h"

namespace nudge::tflite {

namespace {

using flatbuffers::Offset;

constexpr size_t kDataAlignment = 16;
constexpr size_t kLargestFile = size_t{1} << 31;
constexpr uint32_t kFormatVersion = 3;
// Readers from before 2020 know only the byte field; this number in it points to the wider one.
constexpr int32_t kCodeInWiderField = 127;

class FileBuilder {
 public:
  explicit FileBuilder(const TfLiteModel& model) : model_(model) {}

  std::vector<std::byte> build() {
    buffers_.push_back(fbs::CreateBuffer(builder_));  // buffer 0 is the empty one
    std::vector<Offset<fbs::SubGraph>> subgraphs;
    for (const SubGraph& graph : model_.subgraphs) subgraphs.push_back(subgraph(graph));
    std::vector<Offset<fbs::SignatureDef>> signatures;
    for (const Signature& from : model_.signatures) signatures.push_back(signature(from));
    const auto metadata = builder_.CreateVector(write_metadata());
    const auto all_subgraphs = builder_.CreateVector(subgraphs);
    const auto all_signatures = builder_.CreateVector(signatures);
    const auto description = builder_.CreateString(model_.description);
    const auto codes = builder_.CreateVector(codes_);
    const auto buffers = builder_.CreateVector(buffers_);
    fbs::ModelBuilder file(builder_);
    file.add_version(kFormatVersion);
    file.add_operator_codes(codes);
    file.add_subgraphs(all_subgraphs);
    file.add_description(description);
    file.add_buffers(buffers);
    file.add_metadata(metadata);
    if (!signatures.empty()) file.add_signature_defs(all_signatures);
    fbs::FinishModelBuffer(builder_, file.Finish());
    const auto* first = reinterpret_cast<const std::byte*>(builder_.GetBufferPointer());
    return {first, first + builder_.GetSize()};
  }

 private:
  uint32_t buffer(const std::vector<std::byte>& data) {
    if (data.empty()) return 0;
    const std::string_view key(reinterpret_cast<const char*>(data.data()), data.size());
    const auto [entry, is_new] = buffer_of_.try_emplace(key, static_cast<uint32_t>(buffers_.size()));
    if (is_new) {
      builder_.ForceVectorAlignment(data.size(), 1, kDataAlignment);
      const auto bytes = builder_.CreateVector(reinterpret_cast<const uint8_t*>(data.data()), data.size());
      buffers_.push_back(fbs::CreateBuffer(builder_, bytes));
    }
    return entry->second;
  }

  Offset<fbs::QuantizationParameters> quantization(const Quantization& from) {
    if (from.details != 0) throw UnsupportedError("custom or blockwise quantization cannot be written");
    const auto optional = [&](const std::vector<float>& values) {
      return values.empty() ? Offset<flatbuffers::Vector<float>>() : builder_.CreateVector(values);
    };
    const auto min = optional(from.min);
    const auto max = optional(from.max);
    const auto scale = optional(from.scale);
    const auto zero_point = builder_.CreateVector(from.zero_point);
    fbs::QuantizationParametersBuilder table(builder_);
    table.add_min(min);
    table.add_max(max);
    table.add_scale(scale);
    table.add_zero_point(zero_point);
    table.add_quantized_dimension(from.dimension);
    return table.Finish();
  }

  Offset<flatbuffers::Vector<int32_t>> shape(const Shape& from) {
    return builder_.CreateVector(std::vector<int32_t>(from.begin(), from.end()));
  }

  Offset<fbs::Tensor> tensor(const TfLiteTensor& from) {
    const uint32_t data = buffer(from.data);
    const auto name = builder_.CreateString(from.name);
    const auto dims = shape(from.shape);
    Offset<flatbuffers::Vector<int32_t>> signature;
    if (!from.shape_signature.empty()) signature = shape(from.shape_signature);
    Offset<fbs::QuantizationParameters> parameters;
    if (from.quantization) parameters = quantization(*from.quantization);
    fbs::TensorBuilder table(builder_);
    table.add_shape(dims);
    table.add_type(static_cast<int8_t>(from.type));
    table.add_buffer(data);
    table.add_name(name);
    table.add_quantization(parameters);
    table.add_is_variable(from.is_variable);
    table.add_shape_signature(signature);
    table.add_has_rank(true);
    return table.Finish();
  }

  uint32_t operator_code(const Operator& op) {
    const auto [entry, is_new] =
        code_of_.try_emplace({op.op, op.version, op.custom_code}, static_cast<uint32_t>(codes_.size()));
    if (is_new) {
      const auto code = static_cast<int32_t>(op.op);
      Offset<flatbuffers::String> custom;
      if (!op.custom_code.empty()) custom = builder_.CreateString(op.custom_code);
      codes_.push_back(fbs::CreateOperatorCode(
          builder_, static_cast<int8_t>(std::min(code, kCodeInWiderField)), custom, op.version, code));
    }
    return entry->second;
  }

  Offset<fbs::Operator> write_operator(const Operator& from) {
    const uint32_t code = operator_code(from);
    const auto inputs = builder_.CreateVector(from.inputs);
    const auto outputs = builder_.CreateVector(from.outputs);
    const auto [options_type, options] = write_options(builder_, from);
    Offset<flatbuffers::Vector<uint8_t>> custom;
    if (!from.custom_options.empty()) {
      custom = builder_.CreateVector(reinterpret_cast<const uint8_t*>(from.custom_options.data()),
                                     from.custom_options.size());
    }
    Offset<flatbuffers::Vector<int32_t>> intermediates;
    if (!from.intermediates.empty()) intermediates = builder_.CreateVector(from.intermediates);
    fbs::OperatorBuilder table(builder_);
    table.add_opcode_index(code);
    table.add_inputs(inputs);
    table.add_outputs(outputs);
    table.add_builtin_options_type(options_type);
    table.add_builtin_options(options);
    table.add_custom_options(custom);
    table.add_intermediates(intermediates);
    return table.Finish();
  }

  Offset<fbs::SubGraph> subgraph(const SubGraph& from) {
    std::vector<Offset<fbs::Tensor>> tensors;
    for (const TfLiteTensor& each : from.tensors) tensors.push_back(tensor(each));
    std::vector<Offset<fbs::Operator>> operators;
    for (const Operator& each : from.operators) operators.push_back(write_operator(each));
    const auto all_tensors = builder_.CreateVector(tensors);
    const auto inputs = builder_.CreateVector(from.inputs);
    const auto outputs = builder_.CreateVector(from.outputs);
    const auto all_operators = builder_.CreateVector(operators);
    return fbs::CreateSubGraph(builder_, all_tensors, inputs, outputs, all_operators,
                               builder_.CreateString(from.name));
  }

  Offset<flatbuffers::Vector<Offset<fbs::TensorMap>>> tensor_map(
      const std::vector<std::pair<std::string, int32_t>>& from) {
    std::vector<Offset<fbs::TensorMap>> entries;
    for (const auto& [name, index] : from) {
      entries.push_back(
          fbs::CreateTensorMap(builder_, builder_.CreateString(name), static_cast<uint32_t>(index)));
    }
    return builder_.CreateVector(entries);
  }

  Offset<fbs::SignatureDef> signature(const Signature& from) {
    const auto inputs = tensor_map(from.inputs);
    const auto outputs = tensor_map(from.outputs);
    return fbs::CreateSignatureDef(builder_, inputs, outputs, builder_.CreateString(from.key),
                                   static_cast<uint32_t>(from.subgraph));
  }

  std::vector<Offset<fbs::Metadata>> write_metadata() {
    std::vector<Offset<fbs::Metadata>> entries;
    const auto add = [&](const Metadata& entry) {
      const uint32_t data = buffer(entry.data);
      entries.push_back(fbs::CreateMetadata(builder_, builder_.CreateString(entry.name), data));
    };
    for (const Metadata& entry : model_.metadata) add(entry);
    const bool has_version = std::any_of(model_.metadata.begin(), model_.metadata.end(),
                                         [](const Metadata& m) { return m.name == kMinRuntimeVersion; });
    if (!has_version) {
      version_ = runtime_version_metadata(model_);
      add(version_);
    }
    return entries;
  }

  const TfLiteModel& model_;
  flatbuffers::FlatBufferBuilder builder_;
  Metadata version_;  // buffer_of_ looks into its bytes
  std::vector<Offset<fbs::Buffer>> buffers_;
  std::map<std::string_view, uint32_t> buffer_of_;
  std::vector<Offset<fbs::OperatorCode>> codes_;
  std::map<std::tuple<BuiltinOperator, int32_t, std::string>, uint32_t> code_of_;
};

}  // namespace

std::vector<std::byte> serialize(const TfLiteModel& model) {
  try {
    validate(model, "the model to write");
  } catch (const InputError& error) {
    throw ValueError(error.what());
  }
  size_t bytes = 0;
  for (const SubGraph& graph : model.subgraphs) {
    for (const TfLiteTensor& tensor : graph.tensors) bytes += tensor.data.size() + kDataAlignment;
  }
  if (bytes >= kLargestFile) {
    throw UnsupportedError(
        fmt::format("the model's constants take {} bytes; a .tflite file holds 2 GB", bytes));
  }
  return FileBuilder(model).build();
}

void write(const TfLiteModel& model, const std::string& path) { write_file(path, serialize(model)); }

}  // namespace nudge::tflite
