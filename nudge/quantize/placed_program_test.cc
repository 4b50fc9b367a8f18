#include "nudge/quantize/placed_program.h"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "nudge/layers/layers.h"
#include "nudge/ops/expansion.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantize_wrapper.h"

namespace nudge::quantize {
namespace {

using ::testing::ElementsAre;

// x * sigmoid(x), as a composite Keras layer computes it: the gate is an 8-bit tensor of the file too.
class Swish : public ClonableLayer<Swish> {
 public:
  Swish() : ClonableLayer("swish", "Swish") {}
  std::string class_name() const override { return "Swish"; }
  Json config() const override { return base_config(); }
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override { return inputs; }
  void expand(ops::Expansion& call) const override {
    const ops::ValueId inner = call.add(ops::Rescale{.scale = {0.5}}, {call.input()}, "inner");
    const ops::ValueId gate = call.add(ops::Activate{{.function = ops::Function::kSigmoid}}, {inner});
    call.output(call.add(ops::Combine{ops::Combination::kMultiply}, {gate, call.input()}));
  }
};

// A quantized model's program and what its values are on.
struct Placed {
  explicit Placed(const ModelPtr& model)
      : ranges(*model),
        program(with_quantizers(ops::expand(model), ranges)),
        of(ranges_of_values(program, ranges)) {}

  const Range* output_range(const std::string& layer) const {
    for (const ops::Call& call : program.calls) {
      if (call.layer->name() == layer) return of.at(static_cast<size_t>(call.outputs.front()));
    }
    ADD_FAILURE() << "no layer " << layer;
    return nullptr;
  }
  std::vector<std::string> operations() const {
    std::vector<std::string> names;
    for (const ops::Operation& operation : program.operations) names.push_back(operation.name);
    return names;
  }

  Ranges ranges;
  ops::Program program;
  std::vector<const Range*> of;
};

ModelPtr concatenated(const Scheme& scheme) {
  const Tensor x = input({8, 8, 3}, "image");
  const Tensor a = layers::relu(layers::conv2d(x, {.filters = 2, .name = "a"}), {.name = "relu"});
  const Tensor b =
      layers::max_pooling2d(layers::conv2d(x, {.filters = 2, .name = "b"}), {.pool_size = 1, .name = "pool"});
  return quantize_model(*make_model(x, layers::concatenate({a, b}, {.name = "both"})), scheme);
}

TEST(PlacedProgram, HasAQuantizerBehindEachValueAndBeforeEachUseOfAWeight) {
  const Tensor x = input({4}, "x");
  const Tensor y =
      layers::dense(x, {.units = 2, .activation = layers::ActivationFunction::kTanh, .name = "d"});
  const Placed placed(quantize_model(*make_model(x, y)));
  EXPECT_THAT(placed.operations(),
              ElementsAre("quantize_layer", "quantize_layer/quantize_layer", "quant_d/kernel", "quant_d",
                          "quant_d/pre_activation", "quant_d", "quant_d/post_activation"));
}

TEST(PlacedProgram, RangesAreFoundThroughWhatMovesValues) {
  const Placed placed(concatenated(nudge_scheme()));
  const Range* range = placed.output_range("quant_both");
  ASSERT_NE(range, nullptr);
  EXPECT_EQ(placed.output_range("quant_relu"), range);
  EXPECT_EQ(placed.output_range("quant_pool"), range);
  EXPECT_EQ(placed.output_range("quant_b"), range);
  // The convolution before the ReLU only exists fused into it.
  EXPECT_EQ(placed.output_range("quant_a"), nullptr);
  EXPECT_EQ(placed.output_range("image"), nullptr);
}

TEST(PlacedProgram, WhatTfmotConcatenatesUnquantizedIsOnTheConcatenatesGrid) {
  const Placed placed(concatenated(tfmot_scheme()));
  ASSERT_NE(placed.output_range("quant_both"), nullptr);
  EXPECT_EQ(placed.output_range("quant_relu"), placed.output_range("quant_both"));
}

TEST(PlacedProgram, ASharedWeightIsQuantizedOnce) {
  const Tensor x = input({4}, "x");
  const auto dense = std::make_shared<layers::Dense>(layers::DenseOptions{.units = 4, .name = "d"});
  const Placed placed(quantize_model(*make_model(x, dense->call(dense->call(x)))));
  EXPECT_THAT(placed.operations(),
              ElementsAre("quantize_layer", "quantize_layer/quantize_layer", "quant_d/kernel", "quant_d",
                          "quant_d/post_activation", "quant_d", "quant_d/post_activation"));
}

TEST(PlacedProgram, ALayerOfSeveralOperationsHasQuantizersInside) {
  const Tensor x = input({4}, "x");
  const ModelPtr model = quantize_model(*make_model(x, std::make_shared<Swish>()->call(x)));
  const auto& wrapper = dynamic_cast<const QuantizeWrapper&>(model->layer("quant_swish"));
  ASSERT_EQ(wrapper.slots().size(), 2U);
  EXPECT_EQ(wrapper.slots()[0].place, Place::kInside);
  EXPECT_NO_THROW(model->layer("quant_swish").weight("inner_min"));
  const Placed placed(model);
  EXPECT_THAT(placed.operations(),
              ElementsAre("quantize_layer", "quantize_layer/quantize_layer", "quant_swish",
                          "quant_swish/inner", "quant_swish", "quant_swish", "quant_swish/output"));
  EXPECT_NE(placed.output_range("quant_swish"), &placed.ranges.of(wrapper.slots()[0]));
}

}  // namespace
}  // namespace nudge::quantize
