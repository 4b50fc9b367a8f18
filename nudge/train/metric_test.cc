#include "nudge/train/metric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Metric, CountsEachItemAlikeWhateverTheBatch) {
  const auto metric = metric_from_name("accuracy");
  metric->update(Array::of<int32_t>({1}, {0}), Array::of<float>({1, 2}, {0.9f, 0.1f}));
  metric->update(Array::of<int32_t>({3}, {0, 0, 1}),
                 Array::of<float>({3, 2}, {0.1f, 0.9f, 0.2f, 0.8f, 0.3f, 0.7f}));
  EXPECT_EQ(metric->result(), 0.5);
  EXPECT_EQ(metric->fresh()->result(), 0.0);
  EXPECT_EQ(metric->result(), 0.5) << "the fresh one is another";
}

TEST(Metric, AccuracyIsOfPixelsTooAndOfRows) {
  const auto metric = metric_from_name("accuracy");
  metric->update(Array::of<int32_t>({1, 2}, {1, 0}), Array::of<float>({1, 2, 2}, {0.1f, 0.9f, 0.2f, 0.8f}));
  EXPECT_EQ(metric->result(), 0.5);
  const auto rows = metric_from_name("accuracy");
  rows->update(Array::of<float>({2, 2}, {0, 1, 1, 0}), Array::of<float>({2, 2}, {0.1f, 0.9f, 0.2f, 0.8f}));
  EXPECT_EQ(rows->result(), 0.5);
}

TEST(Metric, GoesOnFromItsSums) {
  const auto metric = metric_from_name("mean_absolute_error");
  metric->update(Array::of<float>({2}, {1, 2}), Array::of<float>({2, 1}, {2, 4}));
  EXPECT_EQ(metric->result(), 1.5);
  const auto again = metric->fresh();
  again->restore(metric->sums());
  EXPECT_EQ(again->result(), metric->result());
  EXPECT_THAT([&] { again->restore({1.0}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("mean_absolute_error"), HasSubstr("its state 1"))));
}

TEST(MetricFromName, KnowsItsNames) {
  for (const std::string& name : metric_names()) EXPECT_EQ(metric_from_name(name)->name(), name);
  EXPECT_THAT([] { metric_from_name("beauty"); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'beauty'"), HasSubstr("accuracy"))));
}

}  // namespace
}  // namespace nudge::train
