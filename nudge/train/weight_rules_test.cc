// Regularizers and constraints in training, against Keras (testdata/make_regularized.py) and by their
// properties.
#include "nudge/train/weight_rules.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/data/test_folder.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/save.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

Json fixtures() {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/train/testdata/regularized.json";
  return parse_json(read_text_file(path), path);
}

ModelPtr model_of(const Json& fixture) {
  layers::register_layers();
  const ModelPtr model = keras::model_from_json(fixture.at("config"), "regularized.json");
  for (const auto& [path, values] : fixture.at("weights").items()) {
    const size_t slash = path.find('/');
    Weight& weight = model->layer(path.substr(0, slash)).weight(path.substr(slash + 1));
    weight.value = Array::of(weight.shape, values.get<std::vector<float>>());
  }
  return model;
}

struct Labelled {
  Array x;
  Array y;
};

Labelled batch_of(const Json& fixture) {
  const auto labels = fixture.at("y").get<std::vector<int32_t>>();
  return {Array::of(fixture.at("x_shape").get<Shape>(), fixture.at("x").get<std::vector<float>>()),
          Array::of(Shape{static_cast<int64_t>(labels.size())}, labels)};
}

void expect_near(const Array& found, const Json& expected, const std::string& what) {
  ASSERT_EQ(static_cast<size_t>(found.size()), expected.size()) << what;
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(found.data<float>()[i]), expected[i].get<double>(), 2e-5)
        << what << ", element " << i;
  }
}

TEST(WeightRules, LossGradientsAndUpdatesAreKeras) {
  const Json all = fixtures();
  for (const bool fused : {true, false}) {
    for (const Json& fixture : all.at("cases")) {
      SCOPED_TRACE(fixture.at("config").at("config").at("name").get<std::string>() +
                   (fused ? ", fused" : ""));
      const Labelled batch = batch_of(fixture);
      Trainer trainer(model_of(fixture), sgd({.learning_rate = all.at("rate").get<double>()}),
                      sparse_categorical_crossentropy(), {.fused = fused});
      const Array scores = trainer.predict(batch.x);
      const double still = sparse_categorical_crossentropy()->compute(batch.y, scores, nullptr) +
                           trainer.plan().activity_penalty() + weight_penalty(trainer.plan(), false);
      EXPECT_NEAR(still, fixture.at("inference_loss").get<double>(), 2e-5);
      data::Batch step;
      step.inputs = {batch.x};
      step.targets = {batch.y};
      const double loss = trainer.train_step(step);
      EXPECT_NEAR(loss, fixture.at("loss").get<double>(), 2e-5);
      EXPECT_EQ(trainer.plan().parameters().size(), fixture.at("gradients").size());
      for (const plan::Parameter& parameter : trainer.plan().parameters()) {
        const std::string path = parameter.layer + "/" + parameter.weight->name;
        expect_near(parameter.gradient, fixture.at("gradients").at(path), "gradient of " + path);
        expect_near(parameter.weight->value, fixture.at("updated").at(path), path);
      }
    }
  }
}

size_t constrained(plan::Plan& plan) {
  size_t count = 0;
  for (const plan::Parameter& parameter : plan.parameters()) count += parameter.weight->constraint ? 1 : 0;
  return count;
}

TEST(WeightRules, FilesAndQuantizationKeepThem) {
  const Json all = fixtures();
  for (const Json& fixture : all.at("cases")) {
    const ModelPtr model = model_of(fixture);
    const auto plan = plan::compile(model);
    EXPECT_GT(weight_penalty(*plan, false), 0.0);
    const data::TestFolder folder;
    keras::save_model(*model, folder.path("float.keras"));
    keras::save_model(*quantize::quantize_model(*model), folder.path("quantized.keras"));
    for (const char* file : {"float.keras", "quantized.keras"}) {
      SCOPED_TRACE(file);
      const auto again = plan::compile(keras::load_model(folder.path(file)));
      EXPECT_NEAR(weight_penalty(*again, false), weight_penalty(*plan, false), 1e-6);
      EXPECT_EQ(constrained(*again), constrained(*plan));
    }
    const Json written = keras::model_to_json(*model);
    const Json& given = fixture.at("config").at("config").at("layers");
    for (size_t i = 0; i < given.size(); ++i) {
      for (const auto& [key, value] : given[i].at("config").items()) {
        if (value.is_null() || !(key.ends_with("_regularizer") || key.ends_with("_constraint"))) continue;
        EXPECT_EQ(written.at("config").at("layers").at(i).at("config").at(key), value) << key;
      }
    }
  }
}

struct QatStep {
  std::map<std::string, Array> gradients;
  Array kernel;  // of the convolution, in float
};

// One step of QAT that moves nothing, with an L2 regularizer on the convolution's kernel.
QatStep qat_step(double l2) {
  reset_layer_names();
  const ModelPtr model = convolutional_model();
  model->layer("conv").set_regularizer("kernel", Regularizer::of_l2(l2));
  model->initialize(3);
  Trainer trainer(quantize::quantize_model(*model), sgd({.learning_rate = 0.0}),
                  sparse_categorical_crossentropy(), {.seed = 3});
  data::Loader data(pattern_source(), pattern_options());
  trainer.calibrate(data);
  data.seek(0, 0);
  const data::Batch batch = data.next();
  trainer.train_step(batch);
  QatStep step;
  for (const plan::Parameter& parameter : trainer.plan().parameters()) {
    step.gradients[parameter.layer + "/" + parameter.weight->name] = parameter.gradient.clone();
    if (parameter.weight->regularizer) step.kernel = parameter.weight->value.clone();
  }
  return step;
}

// What is penalised are the float weights, not what the quantizers make of them.
TEST(WeightRules, PenaliseFloatWeightsInQat) {
  const QatStep plain = qat_step(0.0), penalised = qat_step(0.5);
  int regularized = 0;
  for (const auto& [name, gradient] : penalised.gradients) {
    SCOPED_TRACE(name);
    const Array& without = plain.gradients.at(name);
    const bool kernel =
        name.find("conv") != std::string::npos && gradient.shape() == penalised.kernel.shape();
    regularized += kernel ? 1 : 0;
    for (int64_t i = 0; i < gradient.size(); ++i) {
      const float expected = without.data<float>()[i] + (kernel ? penalised.kernel.data<float>()[i] : 0.0f);
      EXPECT_NEAR(gradient.data<float>()[i], expected, 1e-5) << i;
    }
  }
  EXPECT_EQ(regularized, 1);
}

TEST(WeightRules, EvaluationReportsThem) {
  const auto loss_with = [](double factor) {
    const ModelPtr model = dense_model();
    model->layer("hidden").set_regularizer("kernel", Regularizer::of_l2(factor));
    model->layer("hidden").set_regularizer("activity", Regularizer::of_l1(factor));
    Trainer trainer(model, sgd(), sparse_categorical_crossentropy(), {.seed = 3});
    data::Loader data(pattern_source(), pattern_options(data::Split::kValidation, 7));
    return trainer.evaluate(data).loss;
  };
  const double none = loss_with(0.0), some = loss_with(0.1), twice = loss_with(0.2);
  EXPECT_GT(some, none);
  EXPECT_NEAR(twice - none, 2 * (some - none), 1e-6);
}

}  // namespace
}  // namespace nudge::train
