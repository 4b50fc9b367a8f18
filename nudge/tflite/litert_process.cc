// Arrays travel through shared memory: one request is all batches of a run.
#include "nudge/tflite/litert_process.h"

#include <algorithm>
#include <cstring>

#include "nudge/base/child_service.h"
#include "nudge/base/error.h"
#include "nudge/tflite/stderr_capture.h"

namespace nudge::tflite {
namespace {

// Appends values to shared memory.
class Writer {
 public:
  explicit Writer(SharedBytes& memory) : memory_(memory) {}

  void bytes(const void* from, size_t size) {
    std::byte* all = memory_.at_least(size_ + size);
    if (size > 0) std::memcpy(all + size_, from, size);
    size_ += size;
  }
  template <typename T>
  void value(T value) {
    bytes(&value, sizeof(value));
  }
  void shape(const Shape& shape) {
    value(shape.size());
    for (const int64_t dimension : shape) value(dimension);
  }
  void array(const Array& array) {
    value(array.type());
    shape(array.shape());
    bytes(array.bytes(), array.byte_size());
  }
  void port(const LiteRtTensor& port) {
    value(port.name.size());
    bytes(port.name.data(), port.name.size());
    shape(port.shape);
    value(port.type);
    value(port.scale);
    value(port.zero_point);
  }
  size_t size() const { return size_; }

 private:
  SharedBytes& memory_;
  size_t size_ = 0;
};

// Reads them in the same order.  What the other side wrote may be damaged where it has crashed half way.
class Reader {
 public:
  Reader(SharedBytes& memory, size_t size) : bytes_(memory.at_least(size)), left_(size) {}

  const std::byte* bytes(size_t size) {
    if (size > left_) throw UnsupportedError("LiteRT: its process gave a damaged answer");
    const std::byte* here = bytes_;
    bytes_ += size;
    left_ -= size;
    return here;
  }
  template <typename T>
  T value() {
    T value{};
    std::memcpy(&value, bytes(sizeof(value)), sizeof(value));
    return value;
  }
  Shape shape() {
    const auto rank = value<size_t>();
    Shape shape;
    for (size_t d = 0; d < rank; ++d) shape.push_back(value<int64_t>());
    return shape;
  }
  // Into `array`, whose memory serves again where it fits.
  void array(Array& array) {
    const auto type = value<DataType>();
    Shape wanted = shape();
    if (static_cast<size_t>(element_count(wanted)) > left_)
      throw UnsupportedError("LiteRT: its process gave a damaged answer");
    if (array.empty() || array.type() != type || array.shape() != wanted) array = Array(wanted, type);
    const std::byte* from = bytes(array.byte_size());
    if (array.byte_size() > 0) std::memcpy(array.bytes(), from, array.byte_size());
  }
  LiteRtTensor port() {
    LiteRtTensor port;
    const auto length = value<size_t>();
    port.name.assign(reinterpret_cast<const char*>(bytes(length)), length);
    port.shape = shape();
    port.type = value<DataType>();
    port.scale = value<float>();
    port.zero_point = value<int64_t>();
    return port;
  }

 private:
  const std::byte* bytes_;
  size_t left_;
};

void write_arrays(Writer& writer, const std::vector<Array>& arrays) {
  writer.value(arrays.size());
  for (const Array& array : arrays) writer.array(array);
}

void read_arrays(Reader& reader, std::vector<Array>& arrays) {
  const auto count = reader.value<size_t>();
  constexpr size_t kMostEnds = 1 << 16;
  if (count > kMostEnds) throw UnsupportedError("LiteRT: its process gave a damaged answer");
  arrays.resize(count);
  for (Array& array : arrays) reader.array(array);
}

// In the other process.  An empty request asks for the inputs and outputs.
ChildService::Answer open_model(const std::vector<std::byte>& model, const LiteRtOptions& options) {
  const auto litert = std::make_shared<LiteRt>(model, options);
  const auto inputs = std::make_shared<std::vector<Array>>();
  return [litert, inputs](SharedBytes& memory, size_t size) {
    Writer writer(memory);
    if (size == 0) {
      for (const auto* side : {&litert->inputs(), &litert->outputs()}) {
        writer.value(side->size());
        for (const LiteRtTensor& port : *side) writer.port(port);
      }
      return writer.size();
    }
    Reader reader(memory, size);
    read_arrays(reader, *inputs);
    write_arrays(writer, litert->run(*inputs));
    return writer.size();
  };
}

// Much more than any model's buffers: only what runs wild asks for as much.
ServiceLimits limits_for(size_t file_bytes) {
  constexpr uint64_t kLeast = uint64_t{2} << 30, kPerByte = 16;
  return {.memory_bytes = kLeast + kPerByte * file_bytes};
}

constexpr std::chrono::seconds kTimeOfABatch{60};

[[noreturn]] void say_how_it_ended(const ServiceEnded& ended, const std::string& doing) {
  const std::string line = telling_line(ended.output());
  throw LiteRtEnded("LiteRT " + std::string(ended.what()) + " while " + doing + " the model" +
                    (line.empty() ? "" : ": " + line));
}

}  // namespace

LiteRtProcess::LiteRtProcess(const std::vector<std::byte>& model, const LiteRtOptions& options) {
  try {
    service_ =
        std::make_unique<ChildService>([&] { return open_model(model, options); }, limits_for(model.size()));
    Reader reader(service_->memory(), service_->ask(0, kTimeOfABatch));
    for (auto* side : {&inputs_, &outputs_}) {
      const auto count = reader.value<size_t>();
      for (size_t i = 0; i < count; ++i) side->push_back(reader.port());
    }
  } catch (const ServiceEnded& ended) {
    say_how_it_ended(ended, "preparing");
  }
}

LiteRtProcess::~LiteRtProcess() = default;
LiteRtProcess::LiteRtProcess(LiteRtProcess&&) noexcept = default;
LiteRtProcess& LiteRtProcess::operator=(LiteRtProcess&&) noexcept = default;

std::vector<Array> LiteRtProcess::run(const std::vector<Array>& inputs) {
  try {
    Writer writer(service_->memory());
    write_arrays(writer, inputs);
    constexpr int64_t kMostBatches = 1000;
    const int64_t batches = inputs.empty() || inputs[0].shape().empty() ? 1 : inputs[0].shape()[0];
    const size_t size =
        service_->ask(writer.size(), kTimeOfABatch * std::clamp<int64_t>(batches, 1, kMostBatches));
    Reader reader(service_->memory(), size);
    std::vector<Array> outputs;
    read_arrays(reader, outputs);
    return outputs;
  } catch (const ServiceEnded& ended) {
    say_how_it_ended(ended, "running");
  }
}

}  // namespace nudge::tflite
