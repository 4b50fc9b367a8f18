#include "nudge/graph/sequential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/graph/test_layer.h"

namespace nudge {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

LayerPtr input_layer() { return std::make_shared<InputLayer>(Shape{4}, "in"); }

TEST(Sequential, ChainsItsLayers) {
  const ModelPtr model = sequential({input_layer(), blend_layer("one", 3), blend_layer("two", 2)}, "stack");
  EXPECT_EQ(model->class_name(), "Sequential");
  EXPECT_EQ(model->name(), "stack");
  EXPECT_EQ(model->inputs()[0].shape(), (Shape{kUnknown, 4}));
  EXPECT_EQ(model->outputs()[0].shape(), (Shape{kUnknown, 2}));
  EXPECT_EQ(model->layer("two").weight("kernel").shape, (Shape{3, 2}));
}

TEST(Sequential, MayStartWithAModel) {
  const ModelPtr inner = sequential({input_layer(), blend_layer("one", 3)}, "inner");
  const auto model = std::make_shared<Sequential>(std::vector<LayerPtr>{inner, blend_layer("top", 2)});
  EXPECT_EQ(model->stack().size(), 2u);
  EXPECT_EQ(model->layers().size(), 3u) << "with the InputLayer that was added";
  EXPECT_EQ(model->inputs()[0].shape(), (Shape{kUnknown, 4}));
  EXPECT_EQ(model->outputs()[0].shape(), (Shape{kUnknown, 2}));
}

TEST(Sequential, CloneSharesNothingAndStaysSequential) {
  const LayerPtr twice = blend_layer("twice", 4);
  const ModelPtr inner = sequential({input_layer(), blend_layer("one", 4)}, "inner");
  const ModelPtr model = sequential({inner, twice, twice}, "stack");
  model->initialize(1);
  model->layer("twice").set_trainable(false);
  const auto copy = std::dynamic_pointer_cast<Sequential>(model->clone());
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->name(), "stack");
  EXPECT_EQ(copy->stack().size(), 3u);
  EXPECT_EQ(copy->stack()[1], copy->stack()[2]) << "a layer called twice stays one layer";
  EXPECT_FALSE(copy->layer("twice").trainable());
  const auto originals = model->weights(), copies = copy->weights();
  ASSERT_EQ(copies.size(), originals.size());
  for (size_t i = 0; i < copies.size(); ++i) {
    EXPECT_TRUE(identical(copies[i]->value, originals[i]->value));
    EXPECT_NE(copies[i]->value.bytes(), originals[i]->value.bytes());
  }
}

TEST(Sequential, NeedsShapesToStartFrom) {
  EXPECT_THAT([] { sequential({blend_layer("one")}, "stack"); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'stack'"), HasSubstr("starts with layer 'one'"),
                                              HasSubstr("InputLayer"))));
  EXPECT_THAT([] { sequential({}, "stack"); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'stack'"), HasSubstr("no layers"))));
}

TEST(Sequential, NamesMustBeUnique) {
  EXPECT_THAT(
      [] {
        sequential({input_layer(), blend_layer("twin"), blend_layer("twin")}, "stack");
      },
      ThrowsMessage<ValueError>(HasSubstr("two layers are named 'twin'")));
}

}  // namespace
}  // namespace nudge
