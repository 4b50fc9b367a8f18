// LiteRT in a process of its own, for models that might end it, or never end.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/tflite/litert.h"

namespace nudge {
class ChildService;
}

namespace nudge::tflite {

// LiteRT was ended by a signal, ran out of memory or took too long; the message says which, and what it
// wrote.
class LiteRtEnded : public UnsupportedError {
 public:
  using UnsupportedError::UnsupportedError;
};

// As LiteRt, with the same errors and LiteRtEnded besides; costs a few percent of a run's time.
class LiteRtProcess {
 public:
  explicit LiteRtProcess(const std::vector<std::byte>& model, const LiteRtOptions& options = {});
  ~LiteRtProcess();
  LiteRtProcess(LiteRtProcess&&) noexcept;
  LiteRtProcess& operator=(LiteRtProcess&&) noexcept;

  const std::vector<LiteRtTensor>& inputs() const { return inputs_; }
  const std::vector<LiteRtTensor>& outputs() const { return outputs_; }
  std::vector<Array> run(const std::vector<Array>& inputs);

 private:
  std::unique_ptr<ChildService> service_;
  std::vector<LiteRtTensor> inputs_, outputs_;
};

}  // namespace nudge::tflite
