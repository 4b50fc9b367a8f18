#include "nudge/graph/flatten.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/graph/sequential.h"
#include "nudge/graph/test_layer.h"
#include "nudge/graph/test_layer_names.h"

namespace nudge {
namespace {

using testing::ElementsAre;

LayerPtr unnamed_input_layer() { return std::make_shared<InputLayer>(Shape{4}); }

TEST(Flatten, LeavesAFlatModelAsItIs) {
  const Tensor a = input({4}, "a");
  const ModelPtr model = make_model(a, blend({a}, "one"), "m");
  const ModelPtr flat = flatten_model(*model);
  EXPECT_EQ(flat->name(), "m");
  EXPECT_EQ(flat->layers(), model->layers());
}

TEST(Flatten, PutsNestedLayersInPlaceAtAnyDepth) {
  const ModelPtr inner = sequential({unnamed_input_layer(), blend_layer("one")}, "inner");
  const ModelPtr middle = sequential({inner, blend_layer("two")}, "middle");
  const ModelPtr model = sequential({middle, blend_layer("three", 2)});
  const ModelPtr flat = flatten_model(*model);
  EXPECT_THAT(layer_names(*flat), ElementsAre(model->layers()[0]->name(), "one", "two", "three"));
  EXPECT_EQ(&flat->layer("one"), &inner->layer("one")) << "shared, not copied";
  EXPECT_EQ(flat->output_shapes({{8, 4}}), model->output_shapes({{8, 4}}));
}

TEST(Flatten, ANestedModelCalledTwiceKeepsSharing) {
  const ModelPtr inner = sequential({unnamed_input_layer(), blend_layer("one"), blend_layer("two")}, "inner");
  const Tensor a = input({4}, "a");
  const ModelPtr model = make_model(a, blend({inner->call(inner->call(a))}, "top", 2));
  const ModelPtr flat = flatten_model(*model);
  EXPECT_THAT(layer_names(*flat), ElementsAre("a", "one", "two", "top"));
  EXPECT_EQ(flat->nodes().size(), 6u);
  EXPECT_EQ(count_parameters(*flat).total, count_parameters(*model).total);
}

TEST(Flatten, SeveralInputsAndOutputsStayInOrder) {
  const Tensor p = input({4}), q = input({4});
  const ModelPtr inner = make_model({p, q}, {blend({q}, "from_q", 3), blend({p}, "from_p", 5)}, "inner");
  const Tensor a = input({4}, "a"), b = input({4}, "b");
  const auto outputs = inner->call_all({a, b});
  const ModelPtr flat = flatten_model(*make_model({a, b}, {outputs[1], outputs[0]}));
  EXPECT_EQ(flat->outputs()[0].layer().name(), "from_p");
  EXPECT_EQ(flat->outputs()[0].node->inputs[0].layer().name(), "a");
  EXPECT_EQ(flat->outputs()[1].layer().name(), "from_q");
  EXPECT_EQ(flat->outputs()[1].node->inputs[0].layer().name(), "b");
}

TEST(Flatten, TakenNamesGetTheModelsInFront) {
  const ModelPtr left = sequential({unnamed_input_layer(), blend_layer("one"), blend_layer("top")}, "left");
  const ModelPtr right = sequential({unnamed_input_layer(), blend_layer("one")}, "right");
  const Tensor a = input({4}, "a");
  const ModelPtr model = make_model(a, blend({left->call(a), right->call(a)}, "top", 2));
  model->initialize(1);
  const ModelPtr flat = flatten_model(*model);
  EXPECT_THAT(layer_names(*flat), ElementsAre("a", "one", "left_top", "right_one", "top"));
  EXPECT_EQ(left->layer("top").name(), "top") << "the nested model keeps its names";
  EXPECT_EQ(flat->layer("left_top").weight("kernel").value.bytes(),
            left->layer("top").weight("kernel").value.bytes())
      << "a renamed layer goes on with the same values";
}

TEST(Flatten, ALayerInsideAndOutsideStaysOne) {
  const LayerPtr both = blend_layer("both");
  const ModelPtr inner = sequential({unnamed_input_layer(), both}, "inner");
  const Tensor a = input({4}, "a");
  const ModelPtr flat = flatten_model(*make_model(a, both->call(inner->call(a))));
  EXPECT_THAT(layer_names(*flat), ElementsAre("a", "both"));
  EXPECT_EQ(flat->nodes().size(), 3u);
}

}  // namespace
}  // namespace nudge
