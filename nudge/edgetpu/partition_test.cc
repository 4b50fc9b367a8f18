#include "nudge/edgetpu/partition.h"

#include <gmock/gmock.h>

namespace nudge::edgetpu {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Operator i reads what `reads[i]` names and writes tensor i; tensor 100 is the model's input.
tflite::SubGraph graph_of(const std::vector<std::vector<int32_t>>& reads) {
  tflite::SubGraph graph;
  graph.tensors.resize(101);
  graph.inputs = {100};
  for (size_t i = 0; i < reads.size(); ++i) {
    tflite::Operator op;
    op.inputs = reads[i];
    op.outputs = {static_cast<int32_t>(i)};
    graph.operators.push_back(op);
  }
  return graph;
}

TEST(Partition, AllSupportedIsOnePart) {
  const auto parts = partition(graph_of({{100}, {0}, {1, -1}}), {true, true, true});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(parts[0].delegated);
  EXPECT_THAT(parts[0].operators, UnorderedElementsAre(0, 1, 2));
}

// What does not depend on an operator of the CPU stays in the first part, wherever it stands in the list.
TEST(Partition, FollowsDependencyNotOrder) {
  const auto parts = partition(graph_of({{100}, {0}, {1}, {0}, {3, 2}}), {true, false, true, true, true});
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_THAT(parts[0].operators, UnorderedElementsAre(0, 3));
  EXPECT_FALSE(parts[1].delegated);
  EXPECT_THAT(parts[1].operators, ElementsAre(1));
  EXPECT_THAT(parts[2].operators, UnorderedElementsAre(2, 4));
}

TEST(Partition, TheFirstOperatorDecidesWhoBegins) {
  const auto parts = partition(graph_of({{100}, {0}, {1}}), {false, true, true});
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_FALSE(parts[0].delegated);
  EXPECT_THAT(parts[1].operators, ElementsAre(1, 2));
}

TEST(Partition, OperatorsMayStandInAnyOrder) {
  const auto parts = partition(graph_of({{1}, {2}, {100}}), {true, true, true});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_THAT(parts[0].operators, ElementsAre(2, 1, 0));
}

TEST(Partition, OperatorsThatWaitForEachOtherAreInNoPart) {
  const auto parts = partition(graph_of({{1}, {0}, {100}}), {true, true, true});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_THAT(parts[0].operators, ElementsAre(2));
  EXPECT_TRUE(partition(graph_of({}), {}).empty());
}

// Each operator of a chain has a turn of its own.
TEST(Partition, TakesManyTurns) {
  std::vector<std::vector<int32_t>> reads;
  std::vector<bool> supported;
  for (int32_t i = 0; i < 100; ++i) {
    reads.push_back({i == 0 ? 100 : i - 1});
    supported.push_back(i % 2 == 0);
  }
  EXPECT_EQ(partition(graph_of(reads), supported).size(), 100U);
}

}  // namespace
}  // namespace nudge::edgetpu
