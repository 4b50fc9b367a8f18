// The deployed runtime: Google's LiteRT, loaded from libLiteRt.so at run time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nudge/base/array.h"

namespace nudge::tflite {

// Which of LiteRT's kernels compute; their results differ by a step here and there.
enum class Kernels {
  kDefault,    // XNNPACK, as applications get it
  kBuiltin,    // the optimized kernels without XNNPACK
  kReference,  // the reference kernels, whose values Evaluator reproduces
};

struct LiteRtOptions {
  Kernels kernels = Kernels::kDefault;
  int threads = 1;
};

// libLiteRt.so is looked for in NUDGE_LITERT (a file or its folder), else in a .venv of the current folder,
// of the program's folder and of the folders above it.
bool litert_available();
// The file; throws UnsupportedError saying how to get it.
std::string litert_library();

// An input or output of the first signature.
struct LiteRtTensor {
  std::string name;
  Shape shape;
  DataType type = DataType::kFloat32;
  float scale = 0;  // 0: not quantized
  int64_t zero_point = 0;
};

// One loaded model.  Not thread-safe.
class LiteRt {
 public:
  // Throws UnsupportedError when there is no libLiteRt.so or it cannot run the model, InputError when the
  // bytes are no model.
  LiteRt(std::vector<std::byte> model, const LiteRtOptions& options = {});
  ~LiteRt();
  LiteRt(LiteRt&&) noexcept;
  LiteRt& operator=(LiteRt&&) noexcept;

  const std::vector<LiteRtTensor>& inputs() const;
  const std::vector<LiteRtTensor>& outputs() const;

  // Inputs in the order of the first signature and in the model's own types; the first dimension may be any
  // multiple of the model's, whose batches then run one after the other.
  // Throws ShapeError or ValueError when an input does not fit.
  std::vector<Array> run(const std::vector<Array>& inputs);

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

}  // namespace nudge::tflite
