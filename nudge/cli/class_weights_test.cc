#include "nudge/cli/class_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/data/array_source.h"

namespace nudge::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

// 90 of class 0, 30 of class 1.
std::shared_ptr<const data::Source> lopsided() {
  Array y({120}, DataType::kInt32);
  for (int64_t i = 0; i < 120; ++i) y.data<int32_t>()[i] = i % 4 == 0 ? 1 : 0;
  return data::from_arrays({{"x", Array({120, 3})}, {"y", y}});
}

// scikit-learn's class_weight="balanced".
TEST(ClassWeights, BalancedLetEveryClassCountAlike) {
  const auto source = lopsided();
  std::vector<double> counts(2, 0.0);
  for (const int64_t item : source->items(data::Split::kTrain))
    counts[static_cast<size_t>(source->label(item))] += 1;
  const auto weights = class_weights_from("balanced", *source);
  ASSERT_EQ(weights.size(), 2U);
  EXPECT_NEAR(counts[0] * weights[0], (counts[0] + counts[1]) / 2, 1e-9);
  EXPECT_NEAR(counts[1] * weights[1], (counts[0] + counts[1]) / 2, 1e-9);
}

TEST(ClassWeights, AreNumbersInTheClassesOrder) {
  EXPECT_THAT(class_weights_from("0.5,2", *lopsided()), ElementsAre(0.5, 2.0));
  EXPECT_THAT(class_weights_from("", *lopsided()), IsEmpty());
}

TEST(ClassWeights, SayWhatIsWrong) {
  const auto expect = [](const std::string& text, const data::Source& source, const char* what) {
    EXPECT_THAT([&] { class_weights_from(text, source); }, ThrowsMessage<ValueError>(HasSubstr(what)));
  };
  expect("1", *lopsided(), "1 numbers for the 2 classes");
  expect("1,many", *lopsided(), "'many' is no number of 0 or more");
  expect("1,-1", *lopsided(), "'-1' is no number");
  expect("balanced", *data::from_arrays({{"a", Array({3, 2})}}), "have no classes");
}

}  // namespace
}  // namespace nudge::cli
