// Batches that a function of one's own makes.
#pragma once

#include <functional>
#include <string>

#include "nudge/data/batch_stream.h"

namespace nudge::data {

// Makes the batch of an epoch's step; asked again for the same one it must give the same, so that a run goes
// on as it began.
using BatchGenerator = std::function<Batch(int64_t epoch, int64_t step)>;

class GeneratorStream : public BatchStream {
 public:
  // Throws ValueError unless an epoch has a step.
  GeneratorStream(BatchGenerator generator, int64_t steps_per_epoch, std::string name = "the generator");

  const std::string& spec() const override { return name_; }
  int64_t steps_per_epoch() const override { return steps_; }
  // Throws ValueError on a batch whose arrays are not of as many items each.
  Batch next() override;
  void seek(int64_t epoch, int64_t step) override;

 private:
  BatchGenerator generator_;
  int64_t steps_;
  std::string name_;
  int64_t epoch_ = 0, step_ = 0;
};

}  // namespace nudge::data
