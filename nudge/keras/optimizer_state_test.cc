#include "nudge/keras/optimizer_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/dense.h"

namespace nudge::keras {
namespace {

using testing::HasSubstr;

ModelPtr two_layers() {
  const Tensor in = nudge::input({3}, "in");
  const Tensor hidden = layers::dense(in, {.units = 2, .name = "hidden"});
  ModelPtr model = make_model(in, layers::dense(hidden, {.units = 2, .name = "scores"}), "two");
  model->initialize(1);
  return model;
}

OptimizerState adam_state(const Model& model) {
  OptimizerState state{.class_name = "Adam",
                       .options = {{"beta_1", 0.8}},
                       .learning_rate = 0.001,
                       .iterations = 5,
                       .loss = "sparse_categorical_crossentropy_from_logits"};
  for (const Weight* weight : trainable_weights(model)) {
    state.averages.push_back({{"velocity", Array::full<float>(weight->shape, 2.0f)}});
  }
  return state;
}

Json config_of(const OptimizerState& state) { return {{"compile_config", compile_config(state)}}; }

TEST(OptimizerState, ComesBackWithWhatNoStepHasMovedAsZeros) {
  const ModelPtr model = two_layers();
  const OptimizerState state = adam_state(*model);
  H5File file = H5File::create("a.keras");
  write_optimizer(*model, state, file.root());
  const OptimizerState back = read_optimizer(*model, config_of(state), file.root());
  EXPECT_EQ(back.unread, "");
  EXPECT_EQ(back.iterations, 5);
  EXPECT_EQ(back.learning_rate, 0.001);
  EXPECT_EQ(back.options.at("beta_1"), 0.8);
  ASSERT_EQ(back.averages.size(), 4u);
  for (const auto& averages : back.averages) {
    EXPECT_EQ(averages.at("velocity").data<float>()[0], 2.0f);
    EXPECT_EQ(averages.at("momentum").data<float>()[0], 0.0f);
  }
  const Json loss = compile_config(state)["loss"];
  EXPECT_EQ(loss["class_name"], "SparseCategoricalCrossentropy");
  EXPECT_EQ(loss["config"]["from_logits"], true);
}

TEST(OptimizerState, LossesAndTheirOptionsAreKeras) {
  OptimizerState state{.class_name = "SGD", .loss = "huber:delta=0.5"};
  EXPECT_EQ(compile_config(state)["loss"]["class_name"], "Huber");
  EXPECT_EQ(compile_config(state)["loss"]["config"]["delta"], 0.5);
  EXPECT_EQ(compile_config(state)["metrics"], Json({"mean_absolute_error"}));
  state.loss = "binary_focal_crossentropy_from_logits:apply_class_balancing=1,gamma=3";
  const Json loss = compile_config(state)["loss"];
  EXPECT_EQ(loss["class_name"], "BinaryFocalCrossentropy");
  EXPECT_EQ(loss["config"]["apply_class_balancing"], true);
  EXPECT_EQ(loss["config"]["gamma"], 3.0);
  EXPECT_EQ(loss["config"]["from_logits"], true);
  state.loss = "mean_squared_error";
  EXPECT_EQ(compile_config(state)["loss"], "mean_squared_error");
  state.loss = "";  // of several outputs
  EXPECT_TRUE(compile_config(state)["loss"].is_null());
  EXPECT_TRUE(compile_config(state)["metrics"].is_null());
}

TEST(OptimizerState, WhatDoesNotFitIsNotTakenUpAndSaysWhy) {
  const ModelPtr model = two_layers();
  OptimizerState state = adam_state(*model);
  H5File file = H5File::create("a.keras");
  const auto reason = [&](Json config) { return read_optimizer(*model, config, file.root()).unread; };
  EXPECT_EQ(read_optimizer(*model, Json::object(), file.root()).class_name, "");
  EXPECT_THAT(reason(config_of(state)), HasSubstr("has not taken a step"));
  write_optimizer(*model, state, file.root());
  model->layer("hidden").set_trainable(false);
  EXPECT_THAT(reason(config_of(state)),
              HasSubstr("Adam has 10 variables, the model's trainable weights ask for 6"));
  EXPECT_THROW(write_optimizer(*model, state, H5File::create("b.keras").root()), ValueError);
  Json config = config_of(state);
  config["compile_config"]["optimizer"]["config"]["learning_rate"] = {{"class_name", "CosineDecay"}};
  EXPECT_THAT(reason(config), HasSubstr("a learning rate that follows a schedule"));
  config["compile_config"]["optimizer"]["class_name"] = "Lamb";
  EXPECT_THAT(
      reason(config),
      HasSubstr("optimizer Lamb is not one of SGD, RMSprop, Adam, AdamW, Adamax, Nadam, Adagrad, Lion"));
  config["compile_config"]["optimizer"] = 5;
  EXPECT_THAT(reason(config), HasSubstr("compile_config is not valid"));
}

TEST(OptimizerState, AveragesFollowTheirWeights) {
  const ModelPtr model = two_layers();
  const OptimizerState state = adam_state(*model);
  std::vector<const Weight*> weights = trainable_weights(*model);
  const std::vector<const Weight*> turned{weights[2], weights[0]};
  const OptimizerState back = in_order_of(state, weights, turned);
  ASSERT_EQ(back.averages.size(), 2u);
  EXPECT_EQ(back.averages[0].at("velocity").shape(), weights[2]->shape);
  EXPECT_EQ(back.averages[1].at("velocity").shape(), weights[0]->shape);
  EXPECT_TRUE(in_order_of(state, weights, {nullptr}).averages[0].empty());
}

TEST(OptimizerState, DamagedVariablesAreNotTakenUp) {
  const ModelPtr model = two_layers();
  const OptimizerState state = adam_state(*model);
  const auto with = [&](const char* name, const Array& value) {
    H5File file = H5File::create("a.keras");
    H5Group vars = file.root().make_group("optimizer").make_group("vars");
    for (int i = 0; i < 10; ++i) {
      const std::string index = std::to_string(i);
      const auto weights = trainable_weights(*model);
      const Array good = i == 0   ? Array::of<int32_t>({}, {5})
                         : i == 1 ? Array::of<float>({}, {0.001f})
                                  : Array(weights[static_cast<size_t>(i - 2) / 2]->shape);
      vars.write(index, index == name ? value : good);
    }
    return read_optimizer(*model, config_of(state), file.root()).unread;
  };
  EXPECT_EQ(with("none", {}), "");
  EXPECT_THAT(with("0", Array::of<float>({}, {1.0f})), HasSubstr("/optimizer/vars/0: must be one integer"));
  EXPECT_THAT(with("0", Array::of<int32_t>({}, {-1})), HasSubstr("the number of steps is negative"));
  EXPECT_THAT(with("1", Array::of<float>({2}, {1.0f, 2.0f})), HasSubstr("must be one finite number"));
  EXPECT_THAT(with("4", Array({7})), HasSubstr("momentum of weight 'bias' must be float32"));
}

}  // namespace
}  // namespace nudge::keras
