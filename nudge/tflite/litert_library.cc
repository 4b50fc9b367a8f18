#include "nudge/tflite/litert_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/virtual_environment.h"
#include "nudge/tflite/litert.h"

namespace nudge::tflite {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "libLiteRt.so";

std::string find_library() {
  std::error_code none;
  if (const char* given = std::getenv("NUDGE_LITERT"); given != nullptr && *given != '\0') {
    const fs::path path = given;
    const fs::path file = fs::is_directory(path, none) ? path / kFile : path;
    return fs::exists(file, none) ? file.string() : std::string();
  }
  return in_python_packages(std::string("ai_edge_litert/") + kFile);
}

template <typename Function>
void load(void* library, const char* name, Function& function) {
  void* symbol = dlsym(library, name);
  if (symbol == nullptr) {
    throw UnsupportedError(std::string(kFile) + " has no " + name + "; install ai-edge-litert 2.3");
  }
  function = reinterpret_cast<Function>(symbol);
}

LiteRtLibrary open_library() {
  const std::string path = litert_library();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw UnsupportedError(path + ": cannot be loaded: " + dlerror());
  LiteRtLibrary api{};
  load(library, "LiteRtCreateEnvironment", api.create_environment);
  load(library, "LiteRtDestroyEnvironment", api.destroy_environment);
  load(library, "LiteRtCreateModelFromBuffer", api.create_model);
  load(library, "LiteRtDestroyModel", api.destroy_model);
  load(library, "LiteRtCreateOptions", api.create_options);
  load(library, "LiteRtSetOptionsHardwareAccelerators", api.set_accelerators);
  load(library, "LiteRtDestroyOptions", api.destroy_options);
  load(library, "LiteRtCreateOpaqueOptions", api.create_opaque_options);
  load(library, "LiteRtAddOpaqueOptions", api.add_opaque_options);
  load(library, "LiteRtCreateCompiledModel", api.create_compiled_model);
  load(library, "LiteRtDestroyCompiledModel", api.destroy_compiled_model);
  load(library, "LiteRtGetModelSignature", api.signature);
  load(library, "LiteRtGetNumSignatureInputs", api.input_count);
  load(library, "LiteRtGetNumSignatureOutputs", api.output_count);
  load(library, "LiteRtGetSignatureInputTensorByIndex", api.input_tensor);
  load(library, "LiteRtGetSignatureOutputTensorByIndex", api.output_tensor);
  load(library, "LiteRtGetSignatureInputName", api.input_name);
  load(library, "LiteRtGetSignatureOutputName", api.output_name);
  load(library, "LiteRtGetRankedTensorType", api.tensor_type);
  load(library, "LiteRtGetQuantizationTypeId", api.quantization_kind);
  load(library, "LiteRtGetPerTensorQuantization", api.quantization);
  load(library, "LiteRtGetCompiledModelInputBufferRequirements", api.input_requirements);
  load(library, "LiteRtGetCompiledModelOutputBufferRequirements", api.output_requirements);
  load(library, "LiteRtGetTensorBufferRequirementsBufferSize", api.required_size);
  load(library, "LiteRtCreateManagedTensorBuffer", api.create_buffer);
  load(library, "LiteRtDestroyTensorBuffer", api.destroy_buffer);
  load(library, "LiteRtLockTensorBuffer", api.lock_buffer);
  load(library, "LiteRtUnlockTensorBuffer", api.unlock_buffer);
  load(library, "LiteRtRunCompiledModel", api.run);
  return api;
}

}  // namespace

bool litert_available() { return !find_library().empty(); }

std::string litert_library() {
  const std::string path = find_library();
  if (path.empty()) {
    throw UnsupportedError(
        "LiteRT is not installed: pip install ai-edge-litert into a .venv beside the program, or set "
        "NUDGE_LITERT "
        "to its libLiteRt.so");
  }
  return path;
}

const LiteRtLibrary& litert() {
  static const LiteRtLibrary api = open_library();
  return api;
}

}  // namespace nudge::tflite
