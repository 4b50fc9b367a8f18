#include "nudge/data/generator_stream.h"

#include <fmt/format.h>

#include "nudge/base/error.h"

namespace nudge::data {

GeneratorStream::GeneratorStream(BatchGenerator generator, int64_t steps_per_epoch, std::string name)
    : generator_(std::move(generator)), steps_(steps_per_epoch), name_(std::move(name)) {
  if (steps_ < 1) throw ValueError(fmt::format("{}: an epoch needs a step, given {}", name_, steps_));
}

Batch GeneratorStream::next() {
  Batch batch = generator_(epoch_, step_);
  batch.epoch = epoch_;
  batch.step = step_;
  const int64_t rows = batch.rows();
  for (const auto* arrays : {&batch.inputs, &batch.targets, &batch.weights}) {
    for (const Array& array : *arrays) {
      const bool none = array.empty() && arrays != &batch.inputs;
      if (none || (!array.shape().empty() && array.shape()[0] == rows && rows > 0)) continue;
      throw ValueError(fmt::format("{}: epoch {}, step {}: an array of shape {} in a batch of {} items",
                                   name_, epoch_, step_, to_string(array.shape()), rows));
    }
  }
  seek(epoch_, step_ + 1);
  return batch;
}

void GeneratorStream::seek(int64_t epoch, int64_t step) {
  epoch_ = epoch + step / steps_;
  step_ = step % steps_;
}

}  // namespace nudge::data
