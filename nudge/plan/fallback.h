// The plain interface to the steps that libtorch computes.
//
// libtorch lives in a shared library of its own (nudge_torch) which is loaded when the first plan needs
// such a step, so that programs start without it.  No libtorch type appears here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nudge/base/shape.h"
#include "nudge/ops/primitive.h"

namespace nudge::plan {

// Row-major float32 memory, NHWC for images.
struct TensorRef {
  float* data = nullptr;
  Shape shape;
  bool needs_gradient = false;
};

struct FallbackCall {
  std::vector<TensorRef> inputs;  // the primitive's, in its order
  TensorRef output;
  bool backward_follows = false;
  bool batch_statistics = false;              // Normalize normalises by the batch and moves its averages
  std::optional<double> statistics_momentum;  // in place of the layer's own
  int threads = 1;
};

class FallbackStep {
 public:
  virtual ~FallbackStep() = default;
  // The memory of `call` must stay as it is until backward(), where one follows.
  virtual void forward(const FallbackCall& call) = 0;
  // Overwrites one gradient for each input that needs one; the others' entries are null.
  virtual void backward(const float* output_gradient, const std::vector<float*>& input_gradients) = 0;
};

class FallbackFactory {
 public:
  virtual ~FallbackFactory() = default;
  // `where` starts the messages of what goes wrong within libtorch.  Throws UnsupportedError on a primitive
  // that has no fallback (Quantize).
  virtual std::unique_ptr<FallbackStep> step(const ops::Primitive& primitive,
                                             const std::string& where) const = 0;
};

// Loads the shared library when it is called first: the file that the environment variable NUDGE_TORCH
// names, else libnudge_torch.so beside the program or the shared library that this is a part of, in its
// ../lib, or where libraries are installed as seen from programs. Throws UnsupportedError that lists these
// when there is none.
const FallbackFactory& fallback_factory();

// The two halves of it: the first of these files that can be read, and loading one; both throw
// UnsupportedError with the reason.
std::string find_fallback_file(const std::vector<std::string>& candidates);
const FallbackFactory& load_fallback_factory(const std::string& path);

// The one symbol of the shared library.
using FallbackEntry = const FallbackFactory*();
inline constexpr const char* kFallbackEntryName = "nudge_fallback_factory";

}  // namespace nudge::plan
