#include "nudge/deploy/golden_metadata.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "nudge/base/error.h"
#include "nudge/base/json.h"
#include "nudge/base/json_member.h"

namespace nudge::deploy {
namespace {

// A line of JSON that says the number of vectors, their types and shapes, then the bytes of each vector's
// inputs and outputs.
constexpr const char* kGoldenName = "nudge_golden";

Json forms(const std::vector<Array>& arrays) {
  Json list = Json::array();
  for (const Array& array : arrays)
    list.push_back({{"type", to_string(array.type())}, {"shape", array.shape()}});
  return list;
}

bool same_forms(const std::vector<Array>& a, const std::vector<Array>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_form);
}

void append(std::vector<std::byte>& bytes, const std::vector<Array>& arrays) {
  for (const Array& array : arrays)
    bytes.insert(bytes.end(), array.bytes(), array.bytes() + array.byte_size());
}

// Takes golden vectors apart, whatever the bytes hold.
class Reader {
 public:
  Reader(const std::vector<std::byte>& bytes, const tflite::SubGraph& graph, std::string where)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
        graph_(graph),
        where_(std::move(where)) {}

  std::vector<GoldenVector> read() {
    const size_t end = text_.find('\n');
    if (end == std::string_view::npos) fail("have no header");
    const Json header = parse_json(std::string(text_.substr(0, end)), where_);
    text_.remove_prefix(end + 1);
    const int64_t count = integer_member(header, "vectors", where_ + ": ", 0);
    const Json &inputs = array_member(header, "inputs", where_ + ": "),
               &outputs = array_member(header, "outputs", where_ + ": ");
    if (inputs.size() != graph_.inputs.size() || outputs.size() != graph_.outputs.size()) {
      fail("have other inputs or outputs than the graph");
    }
    if (count < 1) fail("hold no vector");
    std::vector<GoldenVector> vectors;
    for (int64_t i = 0; i < count; ++i) vectors.push_back({arrays(inputs), arrays(outputs)});
    if (!text_.empty()) fail("are longer than their header says");
    check_inputs(vectors.front().inputs);
    return vectors;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw InputError(where_ + " " + what); }

  // Those of the outputs may be known only when the graph has run.
  void check_inputs(const std::vector<Array>& inputs) const {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const tflite::TfLiteTensor& tensor = graph_.tensors[static_cast<size_t>(graph_.inputs[i])];
      if (inputs[i].shape() != tensor.shape || inputs[i].type() != tflite::data_type(tensor.type)) {
        fail("have inputs of other types or shapes than the graph's");
      }
    }
  }

  std::vector<Array> arrays(const Json& described) {
    std::vector<Array> made;
    for (const Json& form : described) made.push_back(array(form));
    return made;
  }

  Array array(const Json& form) {
    const DataType type = data_type_from_string(text_member(form, "type", where_ + ": "));
    Shape shape;
    size_t bytes = size_of(type);
    for (const Json& dimension : array_member(form, "shape", where_ + ": ")) {
      if (!dimension.is_number_unsigned()) fail("have a shape that is none");
      const auto size = dimension.get<uint64_t>();
      if (size > text_.size() || (size > 0 && bytes > text_.size() / size))
        fail("are shorter than their header says");
      bytes *= static_cast<size_t>(size);
      shape.push_back(static_cast<int64_t>(size));
    }
    if (bytes == 0 || bytes > text_.size()) fail("are shorter than their header says");
    Array array(shape, type);
    std::memcpy(array.bytes(), text_.data(), bytes);
    text_.remove_prefix(bytes);
    return array;
  }

  std::string_view text_;
  const tflite::SubGraph& graph_;
  std::string where_;
};

}  // namespace

void set_golden(tflite::TfLiteModel& file, const std::vector<GoldenVector>& vectors) {
  std::erase_if(file.metadata, [](const tflite::Metadata& entry) { return entry.name == kGoldenName; });
  if (vectors.empty()) return;
  const Json header{{"vectors", vectors.size()},
                    {"inputs", forms(vectors.front().inputs)},
                    {"outputs", forms(vectors.front().outputs)}};
  const std::string text = dump_json(header) + "\n";
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  for (const GoldenVector& vector : vectors) {
    if (!same_forms(vector.inputs, vectors.front().inputs) ||
        !same_forms(vector.outputs, vectors.front().outputs)) {
      throw ValueError("golden vectors must all be of one form");
    }
    append(bytes, vector.inputs);
    append(bytes, vector.outputs);
  }
  file.metadata.push_back({kGoldenName, std::move(bytes)});
}

std::vector<GoldenVector> golden_vectors(const tflite::TfLiteModel& file, const std::string& where) {
  for (const tflite::Metadata& entry : file.metadata) {
    if (entry.name != kGoldenName) continue;
    try {
      return Reader(entry.data, file.main(), where + ": its golden vectors").read();
    } catch (const ValueError& error) {  // a type that does not exist
      throw InputError(where + ": its golden vectors: " + error.what());
    }
  }
  return {};
}

}  // namespace nudge::deploy
