#include "nudge/tflite/operator_alignment.h"

#include <gmock/gmock.h>

#include "nudge/base/random.h"

namespace nudge::tflite {
namespace {

using testing::ElementsAre;

SubGraph graph_of(const std::vector<BuiltinOperator>& kinds) {
  SubGraph graph;
  for (const BuiltinOperator kind : kinds) graph.operators.emplace_back().op = kind;
  return graph;
}

constexpr auto kConv = BuiltinOperator::kConv2d;
constexpr auto kAdd = BuiltinOperator::kAdd;
constexpr auto kQuantize = BuiltinOperator::kQuantize;
constexpr auto kPad = BuiltinOperator::kPad;

TEST(OperatorAlignment, PairsEqualGraphs) {
  EXPECT_THAT(align_operators(graph_of({kConv, kAdd}), graph_of({kConv, kAdd})),
              ElementsAre(AlignedOperators{0, 0}, AlignedOperators{1, 1}));
  EXPECT_TRUE(align_operators(graph_of({}), graph_of({})).empty());
}

TEST(OperatorAlignment, LeavesAloneWhatOneGraphHas) {
  EXPECT_THAT(align_operators(graph_of({kQuantize, kConv, kAdd}), graph_of({kConv, kPad, kAdd})),
              ElementsAre(AlignedOperators{0, std::nullopt}, AlignedOperators{1, 0},
                          AlignedOperators{std::nullopt, 1}, AlignedOperators{2, 2}));
  EXPECT_THAT(align_operators(graph_of({}), graph_of({kConv})),
              ElementsAre(AlignedOperators{std::nullopt, 0}));
}

TEST(OperatorAlignment, PairsWhatStandsAtTheSamePlace) {
  EXPECT_THAT(align_operators(graph_of({kConv, kPad, kAdd}), graph_of({kConv, kQuantize, kAdd})),
              ElementsAre(AlignedOperators{0, 0}, AlignedOperators{1, 1}, AlignedOperators{2, 2}));
}

TEST(OperatorAlignment, KnowsCustomOperatorsByName) {
  SubGraph a = graph_of({BuiltinOperator::kCustom}), b = graph_of({kConv, BuiltinOperator::kCustom});
  a.operators[0].custom_code = b.operators[1].custom_code = "x";
  EXPECT_THAT(align_operators(a, b), ElementsAre(AlignedOperators{std::nullopt, 0}, AlignedOperators{0, 1}));
}

// Each operator once, in order.
TEST(OperatorAlignment, LosesNothing) {
  const uint64_t seed = 5;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<BuiltinOperator> kinds[2];
    for (auto& list : kinds) {
      for (uint64_t i = random.below(12); i > 0; --i)
        list.push_back(static_cast<BuiltinOperator>(random.below(3)));
    }
    size_t next_a = 0, next_b = 0;
    for (const AlignedOperators& pair : align_operators(graph_of(kinds[0]), graph_of(kinds[1]))) {
      ASSERT_TRUE(pair.a || pair.b);
      if (pair.a) {
        ASSERT_EQ(*pair.a, next_a++);
      }
      if (pair.b) {
        ASSERT_EQ(*pair.b, next_b++);
      }
    }
    EXPECT_EQ(next_a, kinds[0].size());
    EXPECT_EQ(next_b, kinds[1].size());
  }
}

TEST(OperatorAlignment, PairsHugeGraphsByIndex) {
  SubGraph graph;
  graph.operators.resize(5000);
  EXPECT_EQ(align_operators(graph, graph).size(), 5000U);
}

}  // namespace
}  // namespace nudge::tflite
