#include "nudge/ops/program.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/graph/flatten.h"
#include "nudge/ops/block.h"
#include "nudge/ops/expansion.h"
#include "nudge/ops/shape_rules.h"

namespace nudge::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::Throws;
using ::testing::ThrowsMessage;

// relu(x @ kernel) * x, with the product named: a layer of several primitives, as composite Keras layers are.
class Gated : public ClonableLayer<Gated> {
 public:
  explicit Gated(std::string name) : ClonableLayer(std::move(name), "Gated") {}

  std::string class_name() const override { return "Gated"; }
  Json config() const override { return base_config(); }
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override { return inputs; }
  void expand(Expansion& call) const override {
    const ValueId product = call.add(MatMul{}, {call.input(), call.weight("kernel")});
    const ValueId gate = call.activate(product, {.function = Function::kRelu});
    call.output(call.add(Combine{Combination::kMultiply}, {gate, call.input()}));
  }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override {
    add_weight("kernel", {inputs[0].back(), inputs[0].back()}, Initializer::zeros());
  }
};

// What it says it makes and what it computes differ.
class Wrong : public Gated {
 public:
  Wrong() : Gated("wrong") {}
  void expand(Expansion& call) const override {
    call.output(call.add(Reshape{{kUnknown, 9}}, {call.input()}));
  }
};

// Nothing but its input.
class PassThrough : public Gated {
 public:
  explicit PassThrough(const std::string& name) : Gated(name) {}
  void expand(Expansion& call) const override { call.output(call.input()); }
};

class Silent : public Gated {
 public:
  Silent() : Gated("silent") {}
  void expand(Expansion& call) const override { Layer::expand(call); }
};

std::vector<std::string> names(const Program& program) {
  std::vector<std::string> result;
  for (const Operation& operation : program.operations) result.push_back(name_of(operation.primitive));
  return result;
}

TEST(Expand, WritesALayerInPrimitivesAndNamesItsPlaces) {
  const Tensor x = input({4}, "x");
  const Program program = expand(make_model(x, std::make_shared<Gated>("gated")->call(x)));
  EXPECT_THAT(names(program), ElementsAre("MatMul", "Activate", "Combine"));
  EXPECT_EQ(program.value(program.operations[0].output).place, "pre_activation");
  EXPECT_EQ(program.value(program.operations[2].output).place, "output");
  EXPECT_EQ(program.value(program.operations[0].inputs[1]).place, "kernel");
  EXPECT_THAT(program.outputs, ElementsAre(program.operations[2].output));
  EXPECT_THAT(program.calls, SizeIs(2));
  EXPECT_EQ(program.calls[1].last - program.calls[1].first, 3U);
}

TEST(Expand, SharesTheWeightsOfASharedLayerAndFlattensNothingItself) {
  const Tensor x = input({4}, "x");
  const auto gated = std::make_shared<Gated>("gated");
  const ModelPtr inner = make_model(x, gated->call(x), "inner");
  const Tensor y = input({4}, "y");
  const ModelPtr outer = make_model(y, inner->call(inner->call(y)));
  const Program program = expand(flatten_model(*outer));
  ASSERT_THAT(program.operations, SizeIs(6));
  EXPECT_EQ(program.operations[0].inputs[1], program.operations[3].inputs[1]);
  EXPECT_THAT([&] { expand(outer); }, ThrowsMessage<UnsupportedError>(HasSubstr("inner")));
}

TEST(Expand, GivesEveryLayerAnOutputOfItsOwn) {
  const Tensor x = input({4}, "x");
  const Program program = expand(make_model(x, std::make_shared<PassThrough>("same")->call(x)));
  EXPECT_THAT(names(program), ElementsAre("Identity"));
  EXPECT_NE(program.outputs[0], program.inputs[0]);
}

TEST(Expand, RefusesWhatALayerDoesNotSay) {
  const Tensor x = input({4}, "x");
  EXPECT_THAT([&] { expand(make_model(x, std::make_shared<Silent>()->call(x))); },
              ThrowsMessage<UnsupportedError>(HasSubstr("layer 'silent' (Gated)")));
  EXPECT_THAT([&] { expand(make_model(x, std::make_shared<Wrong>()->call(x))); },
              ThrowsMessage<ShapeError>(HasSubstr("gives (None, 9), the layer itself (None, 4)")));
}

TEST(Expand, FrozenLayersKeepTheirAverages) {
  const Tensor x = input({4}, "x");
  const auto gated = std::make_shared<Gated>("gated");
  gated->set_trainable(false);
  EXPECT_FALSE(expand(make_model(x, gated->call(x))).operations[0].trainable);
}

TEST(Block, TakesInWhatFollowsUnlessItIsReadElsewhere) {
  const Tensor x = input({4}, "x");
  const Tensor y = std::make_shared<Gated>("gated")->call(x);
  const Program program = expand(make_model(x, y));
  const Block block = find_block(program, Uses(program), 0);
  EXPECT_EQ(block.activation, 1);
  EXPECT_EQ(block.last(), 1);
  EXPECT_EQ(block.without_activation().last(), 0);
  // The product of two tensors is no sum, and nothing reads the model's output.
  EXPECT_EQ(find_block(program, Uses(program), 2).last(), 2);
}

TEST(Primitives, HaveNamesAndShapeRules) {
  std::set<std::string> known;
  for (const Primitive& primitive : all_primitives()) {
    EXPECT_TRUE(known.insert(name_of(primitive)).second) << name_of(primitive);
    // What moves values computes none, so it cannot want its inputs and output on one scale as an average
    // does.
    EXPECT_FALSE(moves_values(primitive) && keeps_scale(primitive)) << name_of(primitive);
    if (std::holds_alternative<Constant>(primitive)) continue;  // the only one that needs no input
    EXPECT_THAT([&] { output_shape(primitive, {}, "x: "); }, ThrowsMessage<ShapeError>(HasSubstr("x: ")));
  }
  EXPECT_EQ(known.size(), std::variant_size_v<Primitive>);
}

TEST(ShapeRules, FollowThePrimitivesOptions) {
  const Shape image{kUnknown, 8, 6, 3};
  const auto made = [](const Primitive& primitive, std::vector<Shape> inputs) {
    return output_shape(primitive, inputs, "");
  };
  EXPECT_EQ(
      made(Conv2D{.window = {.size = 3, .strides = 2, .padding = Padding::kSame}}, {image, {3, 3, 3, 5}}),
      (Shape{kUnknown, 4, 3, 5}));
  EXPECT_EQ(made(DepthwiseConv2D{.window = {.size = 3}}, {image, {3, 3, 3, 2}}), (Shape{kUnknown, 6, 4, 6}));
  EXPECT_EQ(made(MatMul{}, {image, {3, 7}}), (Shape{kUnknown, 8, 6, 7}));
  EXPECT_EQ(made(Reduce{}, {image}), (Shape{kUnknown, 3}));
  EXPECT_EQ(made(Reduce{.keepdims = true}, {image}), (Shape{kUnknown, 1, 1, 3}));
  EXPECT_EQ(made(Pad{.top = 1, .left = 2}, {image}), (Shape{kUnknown, 9, 8, 3}));
  EXPECT_EQ(made(Resize{.size = {16, 18}}, {image}), (Shape{kUnknown, 16, 18, 3}));
  EXPECT_EQ(made(Reduce{.axes = {2, 3}}, {image}), (Shape{kUnknown, 8}));
  EXPECT_EQ(made(Transpose{{0, 3, 1, 2}}, {image}), (Shape{kUnknown, 3, 8, 6}));
  EXPECT_EQ(made(Slice{{{}, {1, 3, 2}, {5, 6, -1}, {}}}, {image}), (Shape{kUnknown, 3, 6, 3}));
  EXPECT_EQ(made(Gather{}, {{20, 4}, {kUnknown, 6}}), (Shape{kUnknown, 6, 4}));
  EXPECT_EQ(made(Constant{Array({2, 3})}, {}), (Shape{2, 3}));
  EXPECT_EQ(made(BatchMatMul{.transpose_b = true}, {{kUnknown, 2, 5, 4}, {kUnknown, 2, 7, 4}}),
            (Shape{kUnknown, 2, 5, 7}));
  EXPECT_THAT([&] { made(BatchMatMul{}, {{kUnknown, 5, 4}, {kUnknown, 5, 4}}); }, Throws<ShapeError>());
  const Window window{.size = 3, .strides = 2, .padding = Padding::kSame};
  EXPECT_EQ(made(ConvTranspose2D{window}, {image, {3, 3, 5, 3}}), (Shape{kUnknown, 16, 12, 5}));
  EXPECT_EQ(made(ConvTranspose2D{{.size = 3, .strides = 2}}, {image, {3, 3, 5, 3}}),
            (Shape{kUnknown, 17, 13, 5}));
  const Shape volume{kUnknown, 5, 8, 6, 3};
  EXPECT_EQ(made(Conv3D{.strides = {1, 2, 2}}, {volume, {2, 3, 3, 3, 4}}), (Shape{kUnknown, 4, 3, 2, 4}));
  EXPECT_THAT([&] { made(Conv3D{}, {volume, {6, 3, 3, 3, 4}}); }, Throws<ShapeError>());
  EXPECT_EQ(made(ConvTranspose3D{.strides = {2, 2, 2}}, {volume, {2, 2, 2, 4, 3}}),
            (Shape{kUnknown, 10, 16, 12, 4}));
  EXPECT_EQ(made(Concatenate{}, {image, image}), (Shape{kUnknown, 8, 6, 6}));
  EXPECT_EQ(made(Combine{}, {image, {kUnknown, 1, 1, 3}}), image);
}

}  // namespace
}  // namespace nudge::ops
