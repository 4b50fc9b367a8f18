// What training, evaluation and calibration read: batches of inputs, targets and sample weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/data/preprocess.h"

namespace nudge::data {

struct Batch {
  // One of each input of the model, in its order: float32, batch first.
  std::vector<Array> inputs;
  // One of each output: int32 class numbers (N) or (N, ...), or float32 (N, ...); an empty array for an
  // output without a target.
  std::vector<Array> targets;
  // One of each target, float32 (N): what each item's loss counts; empty, all or one of them: 1.
  std::vector<Array> weights;
  std::vector<int64_t> items;  // N numbers that tell items apart
  int64_t epoch = 0;
  int64_t step = 0;

  int64_t rows() const { return inputs.empty() ? 0 : inputs.front().shape()[0]; }
};

// Batches without end, the same ones again for the same epoch and step.  For one thread.
class BatchStream {
 public:
  virtual ~BatchStream() = default;

  // What is read, for messages.
  virtual const std::string& spec() const = 0;
  virtual int64_t steps_per_epoch() const = 0;
  // The next batch; after the last of an epoch comes the first of the next.
  virtual Batch next() = 0;
  // The next batch will be this one.
  virtual void seek(int64_t epoch, int64_t step) = 0;
  // How the pixels 0..255 that the inputs hold were scaled; nothing where they hold something else.
  virtual std::optional<Preprocess> pixels() const { return std::nullopt; }
};

}  // namespace nudge::data
