#include "nudge/train/freeze.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/test_nested.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::ThrowsMessage;

ModelPtr mobilenet() {
  return applications::build_application("MobileNetV2",
                                         {.input_shape = {32, 32, 3}, .alpha = 0.35, .classes = 3});
}

// Layers that have weights and are not trained.
std::set<std::string> frozen(const Model& model) {
  std::set<std::string> names;
  for (const LayerPtr& layer : model.layers()) {
    if (const auto* nested = dynamic_cast<const Model*>(layer.get())) {
      names.merge(frozen(*nested));
    } else if (!layer->trainable() && !layer->weights().empty()) {
      names.insert(layer->name());
    }
  }
  return names;
}

TEST(Freeze, ByExpressionAlsoInNestedModels) {
  const ModelPtr model = nested_model();
  freeze(*model, "conv|.*_Dense1");
  EXPECT_THAT(frozen(*model), ElementsAre("conv", "dense_Dense1"));
  EXPECT_EQ(count_frozen(*model).frozen, 2);
  EXPECT_EQ(count_frozen(*model).all, 4);
  freeze(*model, "none");
  EXPECT_THAT(frozen(*model), IsEmpty());
  freeze(*model, "body");
  EXPECT_THAT(frozen(*model), ElementsAre("conv", "norm")) << "a nested model by its name";
}

TEST(Freeze, UntilABlockTakesAllThatItDependsOn) {
  const ModelPtr model = mobilenet();
  freeze(*model, "until:block_1");
  EXPECT_THAT(frozen(*model), Contains("Conv1"));
  EXPECT_THAT(frozen(*model), Contains("bn_Conv1"));
  EXPECT_THAT(frozen(*model), Contains("expanded_conv_project"));
  EXPECT_THAT(frozen(*model), Contains("block_1_project_BN"));
  EXPECT_THAT(frozen(*model), Not(Contains("block_2_expand")));
  EXPECT_THAT(frozen(*model), Not(Contains("block_10_expand"))) << "block_1 is no beginning of block_10";

  const ModelPtr nested = nested_model();
  freeze(*nested, "until:norm");
  EXPECT_THAT(frozen(*nested), ElementsAre("conv", "norm"));
  const ModelPtr deeper = nested_model();
  freeze(*deeper, "until:dense_Dense1");
  EXPECT_THAT(frozen(*deeper), ElementsAre("conv", "dense_Dense1", "norm"));
}

TEST(Freeze, BackboneIsAllButTheHead) {
  const ModelPtr model = mobilenet();
  freeze(*model, "backbone");
  EXPECT_EQ(frozen(*model).size() + 1, static_cast<size_t>(count_frozen(*model).all));
  EXPECT_TRUE(model->layer("predictions").trainable());
  const ModelPtr nested = nested_model();
  freeze(*nested, "backbone");
  EXPECT_THAT(frozen(*nested), ElementsAre("conv", "norm"));
}

TEST(Freeze, GoesByTheNamesUnderQuantizersToo) {
  const ModelPtr model = mobilenet();
  model->initialize(1);
  for (const char* what : {"until:block_3", "backbone", "block_2_.*"}) {
    SCOPED_TRACE(what);
    freeze(*model, "none");
    freeze(*model, what);
    const ModelPtr floating = mobilenet();
    floating->initialize(1);
    const ModelPtr quantized = quantize::quantize_model(*floating);
    freeze(*quantized, what);
    std::set<std::string> inner;
    for (const std::string& name : frozen(*quantized)) {
      if (name.starts_with("quant_")) inner.insert(name.substr(6));
    }
    for (const std::string& name : frozen(*model)) EXPECT_THAT(inner, Contains(name));
    EXPECT_TRUE(quantized->layer("quant_predictions").trainable());
  }
}

TEST(Freeze, SaysWhatThereIsNot) {
  const ModelPtr model = nested_model();
  const auto refuses = [&](const std::string& what, const std::string& cause) {
    EXPECT_THAT([&] { freeze(*model, what); }, ThrowsMessage<ValueError>(HasSubstr(cause)));
  };
  refuses("conv9", "'conv9' matches no layer of model 'machine'");
  refuses("(", "'(' is not a regular expression");
  refuses("until:block_77", "no layer or block 'block_77'");
  const ModelPtr body =
      applications::build_application("small_cnn", {.input_shape = {8, 8, 3}, .include_top = false});
  EXPECT_THAT([&] { freeze(*body, "backbone"); },
              ThrowsMessage<ValueError>(HasSubstr("no head behind a pooling")));
}

struct Pictures {
  Array x{Shape{8, 8, 8, 3}}, y{Shape{8}, DataType::kInt32};
  explicit Pictures(uint64_t seed) {
    Random random(seed);
    for (float& value : x.span<float>()) value = static_cast<float>(random.normal() * 3 + 1);
    for (int64_t i = 0; i < 8; ++i) y.data<int32_t>()[i] = static_cast<int32_t>(i % 3);
  }
  data::Batch batch() const {
    data::Batch batch;
    batch.inputs = {x};
    batch.targets = {y};
    return batch;
  }
};

// Keras: layer.trainable = False leaves every weight, the moving averages among them, and BatchNormalization
// computes in training what it computes in inference.
TEST(FrozenLayers, StandStillInTraining) {
  for (const bool quantized : {false, true}) {
    for (const bool fused : {true, false}) {
      SCOPED_TRACE(std::string(quantized ? "quantized" : "float") + (fused ? ", fused" : ""));
      ModelPtr model = nested_model();
      model->initialize(5);
      if (quantized) model = quantize::quantize_model(*model);
      freeze(*model, "backbone");
      Trainer trainer(model, sgd({.learning_rate = 0.1}), sparse_categorical_crossentropy(),
                      {.fused = fused, .seed = 5});
      for (const plan::Parameter& parameter : trainer.plan().parameters()) {
        EXPECT_THAT(parameter.layer, HasSubstr("dense_Dense")) << "no gradient of a frozen weight";
      }
      std::vector<Array> before;
      const auto trained = [&] {
        std::vector<const Weight*> weights;
        for (const Weight* weight : std::as_const(*model).weights()) {
          const bool range = weight->name.ends_with("_min") || weight->name.ends_with("_max") ||
                             weight->name == "optimizer_step";
          if (!range) weights.push_back(weight);
        }
        return weights;
      };
      for (const Weight* weight : trained()) before.push_back(weight->value.clone());
      const Pictures batch(quantized ? 2 : 1);
      for (int step = 0; step < 3; ++step) trainer.train_step(batch.batch());
      const auto after = trained();
      int moved = 0;
      for (size_t i = 0; i < after.size(); ++i) moved += identical(before[i], after[i]->value) ? 0 : 1;
      EXPECT_EQ(moved, 4) << "kernel and bias of two dense layers";
      // Going back ends at the head: what lies before it has no gradient to compute.
      for (const plan::StepDescription& step : trainer.plan().describe()) {
        if (step.name.find("conv") == std::string::npos) continue;
        EXPECT_EQ(step.backward_seconds, 0.0) << step.name;
      }
    }
  }
}

TEST(FrozenLayers, BatchNormalizationRunsOnItsMovingAverages) {
  const ModelPtr model = nested_model();
  model->initialize(5);
  freeze(*model, "norm");
  const Pictures batch(1);
  for (const bool fused : {true, false}) {
    const auto plan = plan::compile(model, {.fused = fused, .seed = 5});
    const Array training = plan->forward({batch.x}, plan::Mode::kTraining).front();
    const Array inference = plan->forward({batch.x}, plan::Mode::kInference).front();
    for (int64_t i = 0; i < training.size(); ++i)
      EXPECT_NEAR(training.data<float>()[i], inference.data<float>()[i], 1e-6);
  }
  freeze(*model, "none");
  const auto plan = plan::compile(model, {.seed = 5});
  EXPECT_FALSE(identical(plan->forward({batch.x}, plan::Mode::kTraining).front(),
                         plan->forward({batch.x}, plan::Mode::kInference).front()))
      << "a trained one runs on the batch";
}

}  // namespace
}  // namespace nudge::train
