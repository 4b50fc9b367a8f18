#include "nudge/graph/clone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/graph/test_layer.h"
#include "nudge/graph/test_layer_names.h"

namespace nudge {
namespace {

using testing::ElementsAre;

// "first" feeds a shared layer twice; both results are joined and given out.
ModelPtr shared_model() {
  const Tensor a = input({4}, "a");
  const Tensor first = blend({a}, "first");
  const LayerPtr shared = blend_layer("shared");
  const Tensor once = shared->call(first);
  const Tensor twice = shared->call(once);
  const ModelPtr model = make_model({a}, {blend({once, twice}, "join", 2), once}, "m");
  model->initialize(1);
  return model;
}

TEST(Clone, KeepsTheStructureAndSharesNothing) {
  const ModelPtr model = shared_model();
  model->layer("first").set_trainable(false);
  const auto copy = std::dynamic_pointer_cast<Model>(model->clone());
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->name(), "m");
  EXPECT_EQ(layer_names(*copy), layer_names(*model));
  EXPECT_EQ(copy->nodes().size(), model->nodes().size());
  EXPECT_EQ(copy->outputs()[1].layer().name(), "shared");
  EXPECT_FALSE(copy->layer("first").trainable());
  EXPECT_TRUE(copy->trainable());
  for (const LayerPtr& layer : model->layers()) EXPECT_NE(&copy->layer(layer->name()), layer.get());
  const auto originals = model->weights(), copies = copy->weights();
  ASSERT_EQ(copies.size(), originals.size());
  for (size_t i = 0; i < copies.size(); ++i) {
    EXPECT_TRUE(identical(copies[i]->value, originals[i]->value)) << originals[i]->name;
    EXPECT_NE(copies[i]->value.bytes(), originals[i]->value.bytes()) << originals[i]->name;
  }
}

TEST(Clone, OutlivesTheOriginal) {
  LayerPtr copy;
  {
    const ModelPtr model = shared_model();
    copy = model->clone();
  }
  EXPECT_EQ(copy->output_shapes({{8, 4}}).size(), 2u);
}

TEST(CloneModel, ReplacesEachLayerOnce) {
  int calls = 0;
  const ModelPtr copy = clone_model(*shared_model(), [&](const Layer& layer) {
    ++calls;
    const LayerPtr made = layer.clone();
    made->set_name("new_" + layer.name());
    return made;
  });
  EXPECT_EQ(calls, 4);
  EXPECT_THAT(layer_names(*copy), ElementsAre("new_a", "new_first", "new_shared", "new_join"));
}

TEST(RewriteModel, MayDropAndAddLayers) {
  const ModelPtr model = shared_model();
  const ModelPtr rewritten = rewrite_model(
      *model,
      [](const Node& node, const std::vector<Tensor>& inputs) {
        if (node.layer->name() == "first") return inputs;  // dropped: its input stands for its output
        const auto outputs = node.layer->call_all(inputs);
        if (node.layer->name() != "join") return outputs;
        return std::vector<Tensor>{blend(outputs, "added", 3)};
      },
      "rewritten");
  EXPECT_EQ(rewritten->name(), "rewritten");
  EXPECT_THAT(layer_names(*rewritten), ElementsAre("a", "shared", "join", "added"));
  EXPECT_EQ(rewritten->outputs()[0].shape(), (Shape{kUnknown, 3}));
  EXPECT_EQ(&rewritten->layer("shared"), &model->layer("shared"))
      << "layers that are called again are shared";
  EXPECT_EQ(model->nodes().size(), 5u) << "the old graph is untouched";
}

}  // namespace
}  // namespace nudge
