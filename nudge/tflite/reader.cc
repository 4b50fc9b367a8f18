#include "nudge/tflite/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/tflite/operator_options-inl.h"

namespace nudge::tflite {

namespace {

std::string text(const flatbuffers::String* string) { return string == nullptr ? "" : string->str(); }

template <typename To, typename From>
std::vector<To> numbers(const flatbuffers::Vector<From>* values) {
  if (values == nullptr) return {};
  return {values->begin(), values->end()};
}

Shape shape_of(const flatbuffers::Vector<int32_t>* dimensions) {
  const std::vector<int64_t> wide = numbers<int64_t>(dimensions);
  return Shape(wide.begin(), wide.end());
}

template <typename Table>
using Tables = flatbuffers::Vector<flatbuffers::Offset<Table>>;

template <typename Table>
size_t count(const Tables<Table>* tables) {
  return tables == nullptr ? 0 : tables->size();
}

// Parsing one file: what every step needs.
class Parser {
 public:
  Parser(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where), file_(*fbs::GetModel(bytes.data())) {}

  TfLiteModel parse() const {
    if (file_.version() != 3) {
      throw UnsupportedError(fmt::format("{}: format version {}; only 3 is known", where_, file_.version()));
    }
    TfLiteModel model;
    model.description = text(file_.description());
    for (size_t g = 0; g < count(file_.subgraphs()); ++g) {
      model.subgraphs.push_back(subgraph(*file_.subgraphs()->Get(static_cast<uint32_t>(g))));
    }
    for (uint32_t i = 0; i < count(file_.metadata()); ++i) {
      const fbs::Metadata& entry = *file_.metadata()->Get(i);
      model.metadata.push_back(
          {text(entry.name()), buffer(entry.buffer(), "metadata '" + text(entry.name()) + "'")});
    }
    for (uint32_t i = 0; i < count(file_.signature_defs()); ++i) {
      model.signatures.push_back(signature(*file_.signature_defs()->Get(i)));
    }
    return model;
  }

 private:
  std::vector<std::byte> buffer(uint32_t index, const std::string& owner) const {
    if (index >= count(file_.buffers())) {
      throw InputError(fmt::format("{}: {} names buffer {}, but there are {}", where_, owner, index,
                                   count(file_.buffers())));
    }
    const fbs::Buffer& entry = *file_.buffers()->Get(index);
    if (entry.offset() > 1) {  // 0 and 1 both mean: in the flatbuffer
      if (entry.offset() > bytes_.size() || entry.size() > bytes_.size() - entry.offset()) {
        throw InputError(fmt::format("{}: buffer {} lies beyond the end of the file", where_, index));
      }
      const auto part = bytes_.subspan(entry.offset(), entry.size());
      return {part.begin(), part.end()};
    }
    if (entry.data() == nullptr) return {};
    const auto* first = reinterpret_cast<const std::byte*>(entry.data()->data());
    return {first, first + entry.data()->size()};
  }

  static std::optional<Quantization> quantization(const fbs::QuantizationParameters* from) {
    if (from == nullptr) return std::nullopt;
    Quantization quantization;
    quantization.details = from->details_type();
    quantization.scale = numbers<float>(from->scale());
    quantization.zero_point = numbers<int64_t>(from->zero_point());
    quantization.dimension = from->quantized_dimension();
    quantization.min = numbers<float>(from->min());
    quantization.max = numbers<float>(from->max());
    if (quantization.scale.empty() && quantization.min.empty() && quantization.max.empty() &&
        quantization.details == 0)
      return std::nullopt;
    if (quantization.zero_point.empty()) quantization.zero_point.assign(quantization.scale.size(), 0);
    return quantization;
  }

  TfLiteTensor tensor(const fbs::Tensor& from) const {
    TfLiteTensor tensor;
    tensor.name = text(from.name());
    const std::string owner = "tensor '" + tensor.name + "'";
    if (from.sparsity() != nullptr) throw UnsupportedError(fmt::format("{}: {} is sparse", where_, owner));
    if (from.external_buffer() != 0) {
      throw UnsupportedError(fmt::format("{}: {} is kept in another file", where_, owner));
    }
    tensor.shape = shape_of(from.shape());
    tensor.shape_signature = shape_of(from.shape_signature());
    tensor.type = static_cast<TensorType>(from.type());
    tensor.data = buffer(from.buffer(), owner);
    tensor.quantization = quantization(from.quantization());
    tensor.is_variable = from.is_variable();
    return tensor;
  }

  Operator parse_operator(const fbs::Operator& from, uint32_t index) const {
    if (from.opcode_index() >= count(file_.operator_codes())) {
      throw InputError(fmt::format("{}: operator {} names operator code {}, but there are {}", where_, index,
                                   from.opcode_index(), count(file_.operator_codes())));
    }
    const fbs::OperatorCode& code = *file_.operator_codes()->Get(from.opcode_index());
    Operator op;
    // Old files use only the byte field; files with newer operators put 127 into it.
    op.op =
        static_cast<BuiltinOperator>(std::max<int32_t>(code.deprecated_builtin_code(), code.builtin_code()));
    op.version = code.version();
    op.custom_code = text(code.custom_code());
    const std::string here = fmt::format("{}: operator {} {}", where_, index, to_string(op.op));
    if (static_cast<int32_t>(op.op) < 0) throw InputError(here + ": the operator's number is negative");
    if (from.large_custom_options_size() != 0) {
      throw UnsupportedError(here + ": custom options lie outside the flatbuffer");
    }
    op.inputs = numbers<int32_t>(from.inputs());
    op.outputs = numbers<int32_t>(from.outputs());
    op.intermediates = numbers<int32_t>(from.intermediates());
    op.options = read_options(from, here);
    if (const auto* custom = from.custom_options()) {
      const auto* first = reinterpret_cast<const std::byte*>(custom->data());
      op.custom_options.assign(first, first + custom->size());
    }
    return op;
  }

  SubGraph subgraph(const fbs::SubGraph& from) const {
    SubGraph graph;
    graph.name = text(from.name());
    for (uint32_t i = 0; i < count(from.tensors()); ++i)
      graph.tensors.push_back(tensor(*from.tensors()->Get(i)));
    for (uint32_t i = 0; i < count(from.operators()); ++i) {
      graph.operators.push_back(parse_operator(*from.operators()->Get(i), i));
    }
    graph.inputs = numbers<int32_t>(from.inputs());
    graph.outputs = numbers<int32_t>(from.outputs());
    return graph;
  }

  // Numbers above what an int32 holds become -1, which validate() refuses.
  static int32_t index_of(uint32_t index) { return index > INT32_MAX ? -1 : static_cast<int32_t>(index); }

  static Signature signature(const fbs::SignatureDef& from) {
    Signature signature;
    signature.key = text(from.signature_key());
    signature.subgraph = index_of(from.subgraph_index());
    for (uint32_t i = 0; i < count(from.inputs()); ++i) {
      const fbs::TensorMap& entry = *from.inputs()->Get(i);
      signature.inputs.emplace_back(text(entry.name()), index_of(entry.tensor_index()));
    }
    for (uint32_t i = 0; i < count(from.outputs()); ++i) {
      const fbs::TensorMap& entry = *from.outputs()->Get(i);
      signature.outputs.emplace_back(text(entry.name()), index_of(entry.tensor_index()));
    }
    return signature;
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
  const fbs::Model& file_;
};

}  // namespace

TfLiteModel parse(std::span<const std::byte> bytes, const std::string& where, Scales scales) {
  // Scalars are read in place, so the first byte must be aligned as the format's widest one.
  std::vector<std::byte> aligned;
  if (reinterpret_cast<uintptr_t>(bytes.data()) % 8 != 0) {
    aligned.assign(bytes.begin(), bytes.end());
    bytes = aligned;
  }
  if (bytes.size() < 8 || !fbs::ModelBufferHasIdentifier(bytes.data())) {
    throw InputError(where + ": is no .tflite file (the mark TFL3 is missing)");
  }
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (!fbs::VerifyModelBuffer(verifier)) throw InputError(where + ": is a broken or truncated .tflite file");
  TfLiteModel model = Parser(bytes, where).parse();
  validate(model, where, scales);
  return model;
}

TfLiteModel read(const std::string& path, Scales scales) { return parse(read_file(path), path, scales); }

}  // namespace nudge::tflite
