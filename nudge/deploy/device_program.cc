#include "nudge/deploy/device_program.h"

namespace nudge::deploy {
namespace {

// NAME stands for the model's.
constexpr const char* kProgram =
    R"(// Runs NAME's golden vectors on this device and prints OK, or what differs.
#include <cmath>
#include <cstdint>
#include <cstring>

#include "NAME_golden.h"
#include "NAME_model.h"
#include "NAME_operators.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_log.h"
#include "tensorflow/lite/micro/system_setup.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace {

alignas(16) uint8_t arena[NAME_arena_bytes];

int fail(const char* what) {
  MicroPrintf("FAILED: %s", what);
  return 1;
}

float float_at(const unsigned char* bytes, size_t i) {
  float value;
  std::memcpy(&value, bytes + i * sizeof value, sizeof value);
  return value;
}

// Values of an output that are not the expected ones: codes must be equal, floats all but equal.
int differing(const TfLiteTensor& output, const unsigned char* expected) {
  const unsigned char* given = reinterpret_cast<const unsigned char*>(output.data.raw_const);
  int count = 0;
  if (output.type == kTfLiteFloat32) {
    for (size_t i = 0; i < output.bytes / sizeof(float); ++i) {
      const float a = float_at(expected, i), b = float_at(given, i);
      const float size = std::fabs(a) > 1.0f ? std::fabs(a) : 1.0f;
      if (!(std::fabs(a - b) <= 1e-5f * size)) ++count;
    }
    return count;
  }
  for (size_t i = 0; i < output.bytes; ++i) count += given[i] != expected[i] ? 1 : 0;
  return count;
}

}  // namespace

int main() {
  tflite::InitializeTarget();
  const tflite::Model* model = tflite::GetModel(NAME_model);
  if (model->version() != TFLITE_SCHEMA_VERSION) return fail("the model has another schema version");
  NAME_resolver resolver;
  if (NAME_register_operators(resolver) != kTfLiteOk) return fail("an operator cannot be registered");
  tflite::MicroInterpreter interpreter(model, resolver, arena, sizeof arena);
  if (interpreter.AllocateTensors() != kTfLiteOk) return fail("the arena is too small, or an operator is refused");

  const unsigned char* input = NAME_golden_inputs;
  const unsigned char* expected = NAME_golden_outputs;
  int wrong = 0;
  for (int vector = 0; vector < NAME_golden_vectors; ++vector) {
    if (vector > 0 && interpreter.Reset() != kTfLiteOk) return fail("the state cannot be reset");
    for (size_t i = 0; i < interpreter.inputs_size(); ++i) {
      TfLiteTensor* tensor = interpreter.input(i);
      std::memcpy(tensor->data.raw, input, tensor->bytes);
      input += tensor->bytes;
    }
    if (interpreter.Invoke() != kTfLiteOk) return fail("an operator cannot be computed");
    for (size_t i = 0; i < interpreter.outputs_size(); ++i) {
      const TfLiteTensor* tensor = interpreter.output(i);
      const int count = differing(*tensor, expected);
      if (count > 0) MicroPrintf("vector %d, output %d: %d values differ", vector, static_cast<int>(i), count);
      wrong += count;
      expected += tensor->bytes;
    }
  }
  if (wrong > 0) return fail("the device computes other values");
  MicroPrintf("OK");
  return 0;
}
)";

}  // namespace

std::string device_program(const std::string& name) {
  constexpr std::string_view kPlace = "NAME";
  std::string text = kProgram;
  for (size_t at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace, at + name.size())) {
    text.replace(at, kPlace.size(), name);
  }
  return text;
}

}  // namespace nudge::deploy
