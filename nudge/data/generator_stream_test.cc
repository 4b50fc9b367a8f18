#include "nudge/data/generator_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Batch numbered(int64_t epoch, int64_t step) {
  Batch batch;
  batch.inputs = {Array::full<float>({2, 1}, static_cast<float>(10 * epoch + step))};
  batch.targets = {Array({2}, DataType::kInt32), Array()};
  return batch;
}

TEST(GeneratorStream, GivesEpochAfterEpochAndGoesWhereItIsTold) {
  GeneratorStream stream(numbered, 3);
  EXPECT_EQ(stream.steps_per_epoch(), 3);
  for (int64_t i = 0; i < 7; ++i) {
    const Batch batch = stream.next();
    EXPECT_EQ(batch.epoch, i / 3);
    EXPECT_EQ(batch.step, i % 3);
    EXPECT_EQ(batch.inputs[0].data<float>()[0], static_cast<float>(10 * (i / 3) + i % 3));
  }
  stream.seek(1, 1);
  EXPECT_EQ(stream.next().inputs[0].data<float>()[0], 11.0f);
}

TEST(GeneratorStream, SaysWhatDoesNotFit) {
  EXPECT_THAT([] { GeneratorStream(numbered, 0, "mine"); },
              ThrowsMessage<ValueError>(HasSubstr("mine: an epoch needs a step, given 0")));
  const auto short_targets = [](int64_t, int64_t) {
    Batch batch = numbered(0, 0);
    batch.targets = {Array({3}, DataType::kInt32)};
    return batch;
  };
  GeneratorStream stream(short_targets, 3, "mine");
  EXPECT_THAT(
      [&] { stream.next(); },
      ThrowsMessage<ValueError>(HasSubstr("mine: epoch 0, step 0: an array of shape (3,) in a batch of 2")));
}

}  // namespace
}  // namespace nudge::data
