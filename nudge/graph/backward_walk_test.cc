#include "nudge/graph/backward_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/graph/sequential.h"
#include "nudge/graph/test_layer.h"

namespace nudge {
namespace {

using testing::ElementsAre;

std::vector<std::string> names_back(const Model& model, size_t output = 0) {
  BackwardWalk walk(model, output);
  std::vector<std::string> names{walk.node().layer->name()};
  while (walk.step()) names.push_back(walk.node().layer->name());
  return names;
}

TEST(BackwardWalk, GoesThroughNestedModelsAtAnyDepth) {
  const auto start = [] { return std::make_shared<InputLayer>(Shape{4}); };
  const ModelPtr inner = sequential({start(), blend_layer("one")}, "inner");
  const ModelPtr middle = sequential({inner, blend_layer("two")}, "middle");
  const ModelPtr head = sequential({start(), blend_layer("three"), blend_layer("four")}, "head");
  const Tensor a = input({4}, "a");
  const ModelPtr model = make_model(a, head->call(middle->call(a)));
  EXPECT_THAT(names_back(*model), ElementsAre("four", "three", "two", "one", "a"));
}

TEST(BackwardWalk, StaysWhereSeveralInputsMeet) {
  const Tensor a = input({4}, "a");
  const Tensor left = blend({a}, "left"), right = blend({a}, "right");
  const ModelPtr model = make_model({a}, {blend({blend({left, right}, "both")}, "end"), left});
  EXPECT_THAT(names_back(*model), ElementsAre("end", "both"));
  EXPECT_THAT(names_back(*model, 1), ElementsAre("left", "a"));
}

TEST(BackwardWalk, ANestedModelCalledTwiceIsPassedTwice) {
  const ModelPtr inner = sequential({std::make_shared<InputLayer>(Shape{4}), blend_layer("one")}, "inner");
  const Tensor a = input({4}, "a");
  EXPECT_THAT(names_back(*make_model(a, inner->call(inner->call(a)))), ElementsAre("one", "one", "a"));
}

}  // namespace
}  // namespace nudge
