#include "nudge/tflite/litert.h"

#include <cstring>
#include <functional>

#include "nudge/base/error.h"
#include "nudge/tflite/graph_signature.h"
#include "nudge/tflite/litert_library.h"
#include "nudge/tflite/stderr_capture.h"

namespace nudge::tflite {
namespace {

constexpr int kCpu = 1;
constexpr int kHostMemory = 1;
constexpr int kRead = 0, kWrite = 1;
constexpr int kCpuOnlyTag = 24, kLogLevelTag = 25;
constexpr int kIntValue = 2, kSilent = 4;
constexpr int kPerTensor = 1;

void check(int status, const char* what) {
  if (status == 0) return;
  if (status == 501 || status == 500) throw InputError(std::string("LiteRT: no valid model (") + what + ")");
  throw UnsupportedError(std::string("LiteRT: ") + what + " failed with status " + std::to_string(status));
}

DataType data_type_of(int32_t element_type) {
  switch (element_type) {
    case 1:
      return DataType::kFloat32;
    case 2:
      return DataType::kInt32;
    case 3:
      return DataType::kUInt8;
    case 4:
      return DataType::kInt64;
    case 6:
      return DataType::kBool;
    case 7:
      return DataType::kInt16;
    case 9:
      return DataType::kInt8;
    case 11:
      return DataType::kFloat64;
    default:
      throw UnsupportedError("LiteRT: element type " + std::to_string(element_type) + " is not supported");
  }
}

// A handle with the function that destroys it.
class Owned {
 public:
  Owned() = default;
  ~Owned() { reset(); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Owned(Owned&& other) noexcept : handle_(other.handle_), destroy_(other.destroy_) {
    other.handle_ = nullptr;
  }

  Handle* fill(void (*destroy)(Handle)) {
    destroy_ = destroy;
    return &handle_;
  }
  Handle get() const { return handle_; }
  void reset() {
    if (handle_ != nullptr) destroy_(handle_);
    handle_ = nullptr;
  }

 private:
  Handle handle_ = nullptr;
  void (*destroy_)(Handle) = nullptr;
};

// One environment for the process: creating it looks for plug-ins and writes to the log.
Handle environment() {
  static const Handle instance = [] {
    const LiteRtEnvironmentOption options[] = {{kCpuOnlyTag, {kIntValue, 1}},
                                               {kLogLevelTag, {kIntValue, kSilent}}};
    Handle made = nullptr;
    check(litert().create_environment(2, options, &made), "creating the environment");
    return made;
  }();
  return instance;
}

const char* mode_of(Kernels kernels) {
  switch (kernels) {
    case Kernels::kDefault:
      return "delegate";
    case Kernels::kBuiltin:
      return "builtin";
    case Kernels::kReference:
      return "reference";
  }
  return "";
}

void add_kernel_choice(Handle options, const LiteRtOptions& wanted) {
  const std::string text = std::string("kernel_mode = \"") + mode_of(wanted.kernels) +
                           "\"\nnum_threads = " + std::to_string(wanted.threads) + "\n";
  // Two readers take two ids: the XNNPACK accelerator, and the interpreter, which picks the kernels.
  for (const char* id : {"xnnpack", "cpu_delegate"}) {
    char* payload = static_cast<char*>(std::malloc(text.size() + 1));
    std::memcpy(payload, text.c_str(), text.size() + 1);
    Handle opaque = nullptr;
    check(litert().create_opaque_options(id, payload, std::free, &opaque), "choosing kernels");
    check(litert().add_opaque_options(options, opaque), "choosing kernels");
  }
}

// The functions that describe one side of a signature.
struct Side {
  int (*count)(Handle, size_t*);
  int (*tensor)(Handle, size_t, Handle*);
  int (*name)(Handle, size_t, const char**);
  int (*requirements)(Handle, size_t, size_t, Handle*);
};

LiteRtTensor describe(Handle tensor, const char* name, const LiteRtTensorType& type) {
  LiteRtTensor description;
  description.name = name == nullptr ? "" : name;
  description.type = data_type_of(type.element_type);
  for (unsigned d = 0; d < type.layout.rank; ++d) description.shape.push_back(type.layout.dimensions[d]);
  int kind = 0;
  check(litert().quantization_kind(tensor, &kind), "reading a tensor's quantization");
  if (kind == kPerTensor) {
    LiteRtQuantization quantization{};
    check(litert().quantization(tensor, &quantization), "reading a tensor's quantization");
    description.scale = quantization.scale;
    description.zero_point = quantization.zero_point;
  }
  return description;
}

}  // namespace

class LiteRt::Session {
 public:
  Session(std::vector<std::byte> model, const LiteRtOptions& options) : bytes_(std::move(model)) {
    const LiteRtLibrary& api = litert();
    drop_foreign_signatures(bytes_);
    const StderrCapture capture;
    check(api.create_model(environment(), bytes_.data(), bytes_.size(), model_.fill(api.destroy_model)),
          "reading the model");
    check(api.create_options(options_.fill(api.destroy_options)), "creating options");
    check(api.set_accelerators(options_.get(), kCpu), "choosing the processor");
    add_kernel_choice(options_.get(), options);
    const int status = api.create_compiled_model(environment(), model_.get(), options_.get(),
                                                 compiled_.fill(api.destroy_compiled_model));
    if (status != 0) {
      const std::string why = capture.first_error();
      throw UnsupportedError("LiteRT: these kernels cannot run the model: " +
                             (why.empty() ? "status " + std::to_string(status) : why));
    }
    Handle signature = nullptr;
    check(api.signature(model_.get(), 0, &signature), "reading the signature");
    open(signature, {api.input_count, api.input_tensor, api.input_name, api.input_requirements}, inputs_,
         input_buffers_);
    open(signature, {api.output_count, api.output_tensor, api.output_name, api.output_requirements}, outputs_,
         output_buffers_);
  }

  const std::vector<LiteRtTensor>& inputs() const { return inputs_; }
  const std::vector<LiteRtTensor>& outputs() const { return outputs_; }

  std::vector<Array> run(const std::vector<Array>& inputs) {
    const int64_t batches = check_inputs(inputs);
    std::vector<Array> outputs;
    for (const LiteRtTensor& port : outputs_) {
      Shape shape = port.shape;
      if (!shape.empty()) shape[0] *= batches;
      outputs.emplace_back(shape, port.type);
    }
    const StderrCapture capture;
    for (int64_t batch = 0; batch < batches; ++batch) run_one(inputs, outputs, batch, capture);
    return outputs;
  }

 private:
  void open(Handle signature, const Side& side, std::vector<LiteRtTensor>& tensors,
            std::vector<Owned>& buffers) {
    size_t n = 0;
    check(side.count(signature, &n), "reading the signature");
    for (size_t i = 0; i < n; ++i) {
      Handle tensor = nullptr, needed = nullptr;
      LiteRtTensorType type{};
      size_t bytes = 0;
      const char* name = nullptr;
      check(side.tensor(signature, i, &tensor), "reading a tensor");
      check(side.name(signature, i, &name), "reading a tensor's name");
      check(litert().tensor_type(tensor, &type), "reading a tensor's type");
      // An open batch is reported as -1; the model runs with the 1 that stands in its shape.
      for (unsigned d = 0; d < type.layout.rank; ++d) {
        if (type.layout.dimensions[d] < 0) type.layout.dimensions[d] = 1;
      }
      check(side.requirements(compiled_.get(), 0, i, &needed), "sizing a buffer");
      check(litert().required_size(needed, &bytes), "sizing a buffer");
      tensors.push_back(describe(tensor, name, type));
      Owned buffer;
      check(litert().create_buffer(environment(), kHostMemory, &type, bytes,
                                   buffer.fill(litert().destroy_buffer)),
            "creating a buffer");
      buffers.push_back(std::move(buffer));
    }
  }

  int64_t check_inputs(const std::vector<Array>& inputs) const {
    if (inputs.size() != inputs_.size()) {
      throw ShapeError("the model takes " + std::to_string(inputs_.size()) + " inputs, given " +
                       std::to_string(inputs.size()));
    }
    int64_t batches = 1;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const LiteRtTensor& port = inputs_[i];
      const int64_t one = element_count(port.shape);
      if (inputs[i].type() != port.type) {
        throw ValueError("input " + std::to_string(i) + " is " + to_string(port.type) + ", given " +
                         to_string(inputs[i].type()));
      }
      if (one == 0 || inputs[i].size() == 0 || inputs[i].size() % one != 0) {
        throw ShapeError("input " + std::to_string(i) + " has shape " + to_string(port.shape) + ", given " +
                         to_string(inputs[i].shape()));
      }
      if (i > 0 && inputs[i].size() / one != batches) throw ShapeError("the inputs hold different batches");
      batches = inputs[i].size() / one;
    }
    return batches;
  }

  static void with_locked(const LiteRtTensor& tensor, const Owned& buffer, int mode,
                          const std::function<void(std::byte*, size_t)>& body) {
    void* memory = nullptr;
    check(litert().lock_buffer(buffer.get(), &memory, mode), "locking a buffer");
    body(static_cast<std::byte*>(memory),
         static_cast<size_t>(element_count(tensor.shape)) * size_of(tensor.type));
    check(litert().unlock_buffer(buffer.get()), "unlocking a buffer");
  }

  void run_one(const std::vector<Array>& inputs, std::vector<Array>& outputs, int64_t batch,
               const StderrCapture& capture) {
    std::vector<Handle> in, out;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      with_locked(inputs_[i], input_buffers_[i], kWrite, [&](std::byte* memory, size_t bytes) {
        std::memcpy(memory, inputs[i].bytes() + static_cast<size_t>(batch) * bytes, bytes);
      });
      in.push_back(input_buffers_[i].get());
    }
    for (const Owned& buffer : output_buffers_) out.push_back(buffer.get());
    const int status = litert().run(compiled_.get(), 0, in.size(), in.data(), out.size(), out.data());
    if (status != 0) {
      const std::string why = capture.first_error();
      throw UnsupportedError("LiteRT: running the model failed: " +
                             (why.empty() ? "status " + std::to_string(status) : why));
    }
    for (size_t i = 0; i < outputs_.size(); ++i) {
      with_locked(outputs_[i], output_buffers_[i], kRead, [&](std::byte* memory, size_t bytes) {
        std::memcpy(outputs[i].bytes() + static_cast<size_t>(batch) * bytes, memory, bytes);
      });
    }
  }

  std::vector<std::byte> bytes_;  // the model reads from them while it lives
  Owned model_, options_, compiled_;
  std::vector<LiteRtTensor> inputs_, outputs_;
  std::vector<Owned> input_buffers_, output_buffers_;
};

LiteRt::LiteRt(std::vector<std::byte> model, const LiteRtOptions& options)
    : session_(std::make_unique<Session>(std::move(model), options)) {}
LiteRt::~LiteRt() = default;
LiteRt::LiteRt(LiteRt&&) noexcept = default;
LiteRt& LiteRt::operator=(LiteRt&&) noexcept = default;

const std::vector<LiteRtTensor>& LiteRt::inputs() const { return session_->inputs(); }
const std::vector<LiteRtTensor>& LiteRt::outputs() const { return session_->outputs(); }

std::vector<Array> LiteRt::run(const std::vector<Array>& inputs) { return session_->run(inputs); }

}  // namespace nudge::tflite
