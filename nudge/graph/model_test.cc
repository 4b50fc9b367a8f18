#include "nudge/graph/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <type_traits>
#include <utility>

#include "nudge/graph/layer_calls.h"
#include "nudge/graph/test_layer.h"
#include "nudge/graph/test_layer_names.h"

namespace nudge {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// What is reached through a const model is const.
static_assert(std::is_same_v<decltype(std::declval<const Model&>().layer("")), const Layer&>);
static_assert(std::is_same_v<decltype(std::declval<Model&>().layer("")), Layer&>);
static_assert(std::is_same_v<decltype(std::declval<const Tensor&>().layer()), const Layer&>);
static_assert(std::is_same_v<decltype(std::declval<const Layer&>().weight("")), const Weight&>);
static_assert(std::is_same_v<decltype(std::declval<const Model&>().weights()), std::vector<const Weight*>>);

void expect_inputs_come_first(const Model& model) {
  std::vector<const Node*> seen;
  for (const auto& node : model.nodes()) {
    for (const Tensor& tensor : node->inputs) {
      EXPECT_TRUE(std::find(seen.begin(), seen.end(), tensor.node.get()) != seen.end())
          << tensor.layer().name() << " comes after " << node->layer->name();
    }
    seen.push_back(node.get());
  }
}

// Two inputs through a shared layer to two outputs.
ModelPtr two_towers(const std::vector<Tensor>& more_inputs = {}) {
  const Tensor a = input({4}, "a"), b = input({4}, "b");
  const LayerPtr shared = blend_layer("shared");
  const Tensor x = shared->call(a), y = shared->call(b);
  const Tensor join = blend({blend({x}, "deep"), y}, "join");
  const Tensor side = blend({y}, "side");
  std::vector<Tensor> inputs{a, b};
  inputs.insert(inputs.end(), more_inputs.begin(), more_inputs.end());
  return make_model(inputs, {blend({join}, "top", 2), blend({side}, "aux", 2)}, "towers");
}

// The expected orders are those of Keras 3 for the same graphs.
TEST(ModelOrder, IsKerasForSharedLayersAndSeveralEnds) {
  const ModelPtr model = two_towers();
  EXPECT_THAT(layer_names(*model), ElementsAre("a", "shared", "b", "deep", "join", "side", "top", "aux"));
  expect_inputs_come_first(*model);
}

TEST(ModelOrder, IsKerasForAnInputThatJoinsLate) {
  const Tensor a = input({4}, "a"), late = input({4}, "late");
  const Tensor two = blend({blend({a}, "one")}, "two");
  const Tensor sum = blend({late, two, a}, "sum");
  const ModelPtr model = make_model({late, a}, {sum, blend({sum}, "end", 3)});
  EXPECT_THAT(layer_names(*model), ElementsAre("a", "one", "late", "two", "sum", "end"));
  expect_inputs_come_first(*model);
}

TEST(ModelOrder, IsKerasForALayerThatIsFedByItself) {
  const Tensor a = input({4}, "a");
  const LayerPtr s = blend_layer("s"), t = blend_layer("t");
  const ModelPtr model = make_model(a, s->call(t->call(s->call(a))));
  EXPECT_THAT(layer_names(*model), ElementsAre("a", "s", "t"));
  ASSERT_EQ(model->nodes().size(), 4u);
  expect_inputs_come_first(*model);
  EXPECT_EQ(model->node_index(*model->nodes()[1]), 0);
  EXPECT_EQ(model->node_index(*model->outputs()[0].node), 1);
}

TEST(ModelOrder, KeepsAnInputThatNothingReads) {
  const ModelPtr model = two_towers({input({4}, "idle")});
  EXPECT_THAT(layer_names(*model),
              ElementsAre("a", "shared", "b", "deep", "join", "side", "idle", "top", "aux"));
  EXPECT_EQ(model->output_shapes({{8, 4}, {8, 4}, {8, 4}}).size(), 2u);
  EXPECT_EQ(dynamic_cast<const Model&>(*model->clone()).inputs().size(), 3u);
}

TEST(Model, InfersShapesForAnyBatch) {
  const ModelPtr model = two_towers();
  EXPECT_THAT(model->output_shapes({{8, 4}, {8, 4}}), ElementsAre(Shape{8, 2}, Shape{8, 2}));
  EXPECT_THAT(
      [&] {
        model->output_shapes({{8, 4}});
      },
      ThrowsMessage<ShapeError>(AllOf(HasSubstr("'towers'"), HasSubstr("takes 2 inputs, given 1"))));
  EXPECT_THAT(
      [&] {
        model->output_shapes({{8, 4}, {8, 5}});
      },
      ThrowsMessage<ShapeError>(AllOf(HasSubstr("'towers'"), HasSubstr("expected"), HasSubstr("(None, 4)"),
                                      HasSubstr("given (8, 5)"))));
}

// Walked and freed without recursion.
TEST(Model, ChainsMayBeLongerThanTheStack) {
  constexpr int kLength = 100'000;
  const Tensor start = input({4});
  Tensor end = start;
  for (int i = 0; i < kLength; ++i) end = blend({end}, "b" + std::to_string(i));
  ModelPtr model = make_model(start, end);
  EXPECT_EQ(model->layers().size(), kLength + 1U);
  EXPECT_EQ(model->layers().back()->name(), "b99999");
  EXPECT_EQ(LayerCalls(*model).of(*model->layers()[7]).size(), 1U);
  const std::weak_ptr<const Node> second = model->nodes()[1];
  model.reset();
  EXPECT_FALSE(second.expired());
  end = start;
  EXPECT_TRUE(second.expired());
}

TEST(Model, FindsItsLayersByName) {
  const ModelPtr model = two_towers();
  EXPECT_EQ(model->layer("side").name(), "side");
  EXPECT_THAT([&] { model->layer("none"); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'towers'"), HasSubstr("no layer 'none'"))));
  const ModelPtr other = two_towers();
  EXPECT_THROW(model->node_index(*other->nodes()[0]), ValueError);
}

TEST(Model, ASharedLayersWeightsCountOnce) {
  const ModelPtr model = two_towers();
  // shared, deep and side 4x4 + 4 + 1; join 8x4 + 4 + 1; top and aux 4x2 + 2 + 1.
  const ParameterCounts counts = count_parameters(*model);
  EXPECT_EQ(counts.total, 3 * 21 + 37 + 2 * 11);
  EXPECT_EQ(counts.non_trainable(), 6);
  EXPECT_EQ(model->weights().size(), 18u);
}

TEST(Model, FrozenLayersAreNotTrainable) {
  const ModelPtr model = two_towers();
  model->layer("join").set_trainable(false);
  EXPECT_EQ(count_parameters(*model).non_trainable(), 6 + 36);
  model->set_trainable(false);
  EXPECT_EQ(count_parameters(*model).trainable, 0);
  model->set_trainable(true);
  EXPECT_EQ(count_parameters(*model).non_trainable(), 6);
}

TEST(Model, IsALayer) {
  const ModelPtr inner = two_towers();
  const Tensor a = input({4}, "left"), b = input({4}, "right");
  const auto outputs = inner->call_all({a, b});
  const auto again = inner->call_all({b, a});
  const ModelPtr model =
      make_model({a, b}, {blend({outputs[0], outputs[1], again[0], again[1]}, "top", 2)}, "outer");
  EXPECT_THAT(layer_names(*model), ElementsAre("left", "right", "towers", "top"));
  EXPECT_EQ(model->nodes().size(), 5u);
  EXPECT_EQ(count_parameters(*model).total, count_parameters(*inner).total + 8 * 2 + 2 + 1);
  EXPECT_EQ(model->weights().size(), inner->weights().size() + 3);
  model->initialize(1);
  for (const Weight* weight : inner->weights()) EXPECT_FALSE(weight->value.empty()) << weight->name;
}

TEST(Model, ALayerInsideAndOutsideANestedModelCountsOnce) {
  const LayerPtr both = blend_layer("both");
  const Tensor inside = input({4});
  const ModelPtr inner = make_model(inside, both->call(inside), "inner");
  const Tensor a = input({4});
  const ModelPtr model = make_model(a, both->call(inner->call(a)));
  EXPECT_EQ(count_parameters(*model).total, 21);
  EXPECT_EQ(model->weights().size(), 3u);
}

TEST(ModelErrors, NamesMustBeUnique) {
  const Tensor a = input({4}, "a");
  EXPECT_THAT(
      [&] { make_model(a, blend({blend({a}, "twin")}, "twin"), "m"); },
      ThrowsMessage<ValueError>(AllOf(HasSubstr("model 'm'"), HasSubstr("two layers are named 'twin'"))));
}

TEST(ModelErrors, OutputsMustDependOnTheInputsAlone) {
  const Tensor a = input({4}, "a"), b = input({4}, "b");
  const Tensor both = blend({a, b}, "both");
  EXPECT_THAT([&] { make_model(a, both, "m"); },
              ThrowsMessage<ValueError>(
                  AllOf(HasSubstr("model 'm'"), HasSubstr("depends on 'b'"), HasSubstr("not among"))));
  EXPECT_THAT(
      [&] {
        make_model({a, b, both}, {blend({both}, "top")});
      },
      ThrowsMessage<ValueError>(AllOf(HasSubstr("'both'"), HasSubstr("start from input()"))));
}

TEST(ModelErrors, EndsMustBeThere) {
  const Tensor a = input({4}, "a");
  const Tensor out = blend({a}, "out");
  EXPECT_THAT(([&] { make_model(std::vector<Tensor>{}, std::vector<Tensor>{out}); }),
              ThrowsMessage<ValueError>(HasSubstr("no inputs")));
  EXPECT_THAT(([&] { make_model(std::vector<Tensor>{a}, std::vector<Tensor>{}); }),
              ThrowsMessage<ValueError>(HasSubstr("no outputs")));
  EXPECT_THAT(
      [&] {
        make_model({a, a}, {out});
      },
      ThrowsMessage<ValueError>(HasSubstr("input 'a' is given twice")));
  EXPECT_THAT([&] { make_model(a, Tensor{}); }, ThrowsMessage<ValueError>(HasSubstr("no layer made")));
  EXPECT_THAT([&] { make_model(Tensor{}, out); }, ThrowsMessage<ValueError>(HasSubstr("no layer made")));
}

}  // namespace
}  // namespace nudge
