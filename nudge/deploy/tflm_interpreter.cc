#include "nudge/deploy/tflm_interpreter.h"

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/child_process.h"
#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/json_member.h"
#include "nudge/base/virtual_environment.h"
#include "nudge/base/work_folder.h"

namespace nudge::deploy {
namespace {

constexpr std::chrono::minutes kInterpreterPatience{10};
constexpr const char* kInstall =
    "TensorFlow Lite Micro is not installed: pip install tflite-micro into a .venv beside the program, or "
    "set NUDGE_TFLM_PYTHON to a Python that has it";

// Reads model.tflite, inputs.json and inputs.bin, and writes outputs.bin and done.json.  The smallest arena
// is found by halving, each try in a process of its own: too small a one may end it.
constexpr const char* kScript = R"(
import json, os, sys
import numpy as np
from tflite_micro.python.tflite_micro import runtime
folder = sys.argv[1]
model = open(folder + "/model.tflite", "rb").read()
described = json.load(open(folder + "/inputs.json"))
data = open(folder + "/inputs.bin", "rb").read()

def fits(size):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            runtime.Interpreter.from_bytes(model, arena_size=size)
        except Exception:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0

most = 1 << 16
while most < 1 << 30 and not fits(most):
    most *= 2
runtime.Interpreter.from_bytes(model, arena_size=most)  # says why it does not run
least = 0
while most - least > 16:
    middle = (least + most) // 32 * 16
    if fits(middle):
        most = middle
    else:
        least = middle

interpreter = runtime.Interpreter.from_bytes(model, arena_size=most)
results = b""
start = 0
for vector in range(described["vectors"]):
    if vector > 0:
        interpreter.reset()
    for index, (kind, shape) in enumerate(described["inputs"]):
        count = int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(data, dtype=kind, count=count, offset=start).reshape(shape)
        start += array.nbytes
        interpreter.set_input(array, index)
    interpreter.invoke()
    for index in range(described["outputs"]):
        results += np.ascontiguousarray(interpreter.get_output(index)).tobytes()
open(folder + "/outputs.bin", "wb").write(results)
json.dump({"arena": most}, open(folder + "/done.json", "w"))
)";

// The last line that says something, or nothing.
std::string last_line(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
}

// The interpreter says why before Python says where.
std::string interpreter_reason(const std::string& printed) {
  const std::string why = last_line(printed.substr(0, printed.find("Traceback (most recent call last)")));
  const std::string where = last_line(printed);
  if (why.empty() && where.empty()) return "it gives no reason";
  return why.empty() ? where : why;
}

void write_inputs(const WorkFolder& folder, const std::vector<std::vector<Array>>& inputs, size_t outputs) {
  Json forms = Json::array();
  std::vector<std::byte> bytes;
  for (const std::vector<Array>& vector : inputs) {
    for (const Array& array : vector)
      bytes.insert(bytes.end(), array.bytes(), array.bytes() + array.byte_size());
  }
  if (!inputs.empty()) {
    for (const Array& array : inputs.front()) forms.push_back({to_string(array.type()), array.shape()});
  }
  write_file(folder.path("inputs.bin"), bytes);
  write_file(folder.path("inputs.json"),
             dump_json({{"vectors", inputs.size()}, {"inputs", forms}, {"outputs", outputs}}));
}

std::vector<std::vector<Array>> read_outputs(const WorkFolder& folder, size_t vectors,
                                             const std::vector<Array>& like) {
  const std::vector<std::byte> bytes = read_file(folder.path("outputs.bin"));
  std::vector<std::vector<Array>> outputs(vectors);
  size_t start = 0;
  for (std::vector<Array>& vector : outputs) {
    for (const Array& form : like) {
      Array array(form.shape(), form.type());
      if (array.byte_size() > bytes.size() - start)
        throw InputError("TensorFlow Lite Micro gives other outputs");
      std::memcpy(array.bytes(), bytes.data() + start, array.byte_size());
      start += array.byte_size();
      vector.push_back(std::move(array));
    }
  }
  if (start != bytes.size()) throw InputError("TensorFlow Lite Micro gives other outputs");
  return outputs;
}

}  // namespace

std::string tflm_python() {
  if (const char* given = std::getenv("NUDGE_TFLM_PYTHON"); given != nullptr && *given != '\0') return given;
  return python_with("tflite_micro");
}

TflmRun run_tflm(const std::string& python, std::span<const std::byte> file,
                 const std::vector<std::vector<Array>>& inputs, const std::vector<Array>& outputs_like) {
  if (python.empty()) throw UnsupportedError(kInstall);
  const WorkFolder folder(std::filesystem::temp_directory_path().string());
  write_file(folder.path("model.tflite"), file);
  write_inputs(folder, inputs, outputs_like.size());
  const ProcessResult result =
      run_process({python, "-c", kScript, folder.path()}, "", {.time = kInterpreterPatience});
  std::error_code none;
  if (result.status != 0 || !std::filesystem::exists(folder.path("done.json"), none)) {
    throw UnsupportedError("TensorFlow Lite Micro does not run the file: " +
                           (result.timed_out ? "it does not end" : interpreter_reason(result.output)));
  }
  const Json done = parse_json(read_text_file(folder.path("done.json")), "TensorFlow Lite Micro's answer");
  return {.outputs = read_outputs(folder, inputs.size(), outputs_like),
          .arena_bytes = integer_member(done, "arena", "TensorFlow Lite Micro's answer: ", 0)};
}

}  // namespace nudge::deploy
