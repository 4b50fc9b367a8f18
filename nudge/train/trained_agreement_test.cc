// Briefly trained models: the integer evaluator against LiteRT's reference kernels, tensor by tensor.
// Training moves weights, BatchNormalization's averages and ranges to places that random numbers do not
// reach.
#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/convert/test_models.h"
#include "nudge/data/flowers.h"
#include "nudge/data/loader.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/loss.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

constexpr int64_t kBatches = 8;

// So few that a few steps learn them.
std::unique_ptr<data::Loader> flowers(const Model& model) {
  const Shape& image = model.inputs().front().shape();
  data::LoaderOptions options;
  options.size = {image[1], image[2]};
  options.batch = 16;
  options.seed = 3;
  options.threads = 1;
  options.preprocess = data::preprocess_from_string("tf");
  return std::make_unique<data::Loader>(data::make_flowers({.count = 40}), options);
}

// The mean loss of the first output over some steps of training; further outputs only move their ranges.
double train(plan::Plan& plan, data::Loader& loader, double rate, int64_t steps) {
  const auto optimizer = adam({.learning_rate = rate});
  const auto loss = sparse_categorical_crossentropy();
  double sum = 0;
  for (int64_t step = 0; step < steps; ++step) {
    const data::Batch batch = loader.next();
    const auto outputs = plan.forward(batch.inputs, plan::Mode::kTraining);
    std::vector<Array> gradients;
    for (const Array& output : outputs) gradients.emplace_back(output.shape());
    sum += loss->compute(batch.targets.front(), outputs.front(), &gradients.front());
    plan.backward(gradients);
    std::vector<WeightStep> weights;
    for (plan::Parameter& parameter : plan.parameters()) {
      weights.push_back(
          {parameter.layer + "/" + parameter.weight->name, parameter.weight->value, parameter.gradient});
    }
    optimizer->apply(weights);
  }
  return sum / static_cast<double>(steps);
}

// Float training, quantization and training on, each far from its end.
void expect_exact_after_training(const ModelPtr& model, uint64_t seed,
                                 const convert::ExactOptions& options = {}) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  model->initialize(seed);
  const auto loader = flowers(*model);
  const auto floating = plan::compile(model, {.seed = seed});
  const double first = train(*floating, *loader, 1e-3, kBatches);
  train(*floating, *loader, 1e-3, 3 * kBatches);
  EXPECT_LT(train(*floating, *loader, 1e-3, kBatches), first) << "nothing was learned";
  reestimate_batch_normalization(*floating, *loader, kBatches);

  const ModelPtr quantized =
      quantize::quantize_apply(*quantize::quantize_annotate_model(*model, options.layers), options.scheme);
  quantized->initialize(seed);
  const auto plan = plan::compile(quantized, {.seed = seed});
  if (options.scheme.debias) calibrate(*plan, *loader, 2);
  train(*plan, *loader, 3e-4, kBatches);
  reestimate_batch_normalization(*plan, *loader, kBatches);
  quantize::observe_weights(*quantized, *plan->ranges());
  convert::expect_exact_file(*quantized, seed + 1, options);
}

ModelPtr small_cnn() {
  return applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5});
}

TEST(TrainedAgreement, SmallCnn) { expect_exact_after_training(small_cnn(), 400); }

TEST(TrainedAgreement, SmallCnnUnderTfmot) {
  expect_exact_after_training(small_cnn(), 410, {.scheme = quantize::tfmot_scheme()});
}

TEST(TrainedAgreement, MobileNet) {
  expect_exact_after_training(convert::application_model("MobileNet", 32, 0.25), 420);
}

TEST(TrainedAgreement, MobileNetV2) {
  expect_exact_after_training(convert::application_model("MobileNetV2", 32, 0.35), 430);
}

TEST(TrainedAgreement, MobileNetV2UnderTfmot) {
  expect_exact_after_training(convert::application_model("MobileNetV2", 32, 0.35), 440,
                              {.scheme = quantize::tfmot_scheme()});
}

TEST(TrainedAgreement, NestedModel) {
  const ModelPtr features = applications::build_application(
      "MobileNet", {.input_shape = {32, 32, 3}, .alpha = 0.25, .include_top = false, .pooling = "avg"});
  const auto top = std::make_shared<layers::Dense>(
      layers::DenseOptions{.units = 5, .activation = layers::ActivationFunction::kSoftmax});
  expect_exact_after_training(sequential({features, top}), 450);
}

TEST(TrainedAgreement, EveryLayer) { expect_exact_after_training(convert::every_layer_model(), 460); }

TEST(TrainedAgreement, PartlyQuantizedModels) {
  for (uint64_t seed = 470; seed < 480; seed += 2) {
    const ModelPtr model = convert::every_layer_model();
    expect_exact_after_training(model, seed, {.layers = convert::half_of_the_layers(*model, seed)});
  }
}

}  // namespace
}  // namespace nudge::train
