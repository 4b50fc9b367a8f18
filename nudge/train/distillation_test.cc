// Distillation against Keras's own example with jax's gradients (testdata/make_distillation.py).
#include "nudge/train/distillation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

using layers::ActivationFunction;

// One that answers its input: the outputs are what is put in.
ModelPtr echo(int64_t classes, const std::string& kind, const std::string& name) {
  const Tensor in = nudge::input({classes}, "x");
  return make_model(in,
                    layers::activation(in, {.activation = kind == "logits" ? ActivationFunction::kLinear
                                                                           : ActivationFunction::kSoftmax,
                                            .name = "scores"}),
                    name);
}

Array values_of(const Json& json, const Shape& shape) {
  return Array::of(shape, json.get<std::vector<float>>());
}

TEST(Distillation, ValuesAndGradientsAreKeras) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/train/testdata/distillation.json";
  for (const Json& fixture : parse_json(read_text_file(path), path)) {
    SCOPED_TRACE("seed " + fixture.at("seed").dump());
    const auto shape = fixture.at("shape").get<Shape>();
    const bool teacher_logits = fixture.at("teacher_kind") == "logits",
               student_logits = fixture.at("student_kind") == "logits";
    const Array teacher = values_of(fixture.at("teacher"), shape),
                student = values_of(fixture.at("student"), shape);
    const DistillationLoss loss(fixture.at("temperature").get<double>(), teacher_logits, student_logits);
    EXPECT_NEAR(loss.compute(teacher, student, nullptr), fixture.at("distillation").get<double>(),
                1e-5 * std::max(1.0, fixture.at("distillation").get<double>()));

    // The same as an objective whose teacher gives these outputs: a softmax of their logarithms is they.
    Array given = teacher.clone();
    if (!teacher_logits) {
      for (float& value : given.span<float>()) value = std::log(value);
    }
    Objective objective(sparse_categorical_crossentropy(student_logits));
    const ModelPtr model = echo(shape[1], fixture.at("student_kind"), "student");
    objective.distil_from(
        echo(shape[1], fixture.at("teacher_kind"), "teacher"), *model,
        {.temperature = fixture.at("temperature").get<double>(), .alpha = fixture.at("alpha").get<double>()});
    data::Batch batch;
    batch.inputs = {given};
    batch.targets = {Array::of(Shape{shape[0]}, fixture.at("labels").get<std::vector<int32_t>>())};
    std::vector<Array> gradients;
    const auto losses = objective.losses(batch, {student}, &gradients);
    const double total = fixture.at("total").get<double>();
    EXPECT_NEAR(losses.total, total, 1e-5 * std::max(1.0, total));
    const auto expected = fixture.at("gradient").get<std::vector<double>>();
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(gradients[0].data<float>()[i]), expected[i],
                  1e-4 * std::max(1.0, std::abs(expected[i])))
          << i;
    }
    const auto evaluated = objective.losses(batch, {student}, nullptr);
    EXPECT_FALSE(evaluated.distillation) << "evaluation knows the labels alone";
    EXPECT_EQ(evaluated.total, evaluated.each[0]);
  }
}

TEST(Distillation, AClassThatIsLostInUnderflowCanComeBack) {
  const DistillationLoss loss(1.0, false, false);
  const Array teacher = Array::of<float>({1, 2}, {0.5f, 0.5f}),
              student = Array::of<float>({1, 2}, {0.0f, 1.0f});
  Array gradient;
  EXPECT_TRUE(std::isfinite(loss.compute(teacher, student, &gradient)));
  EXPECT_LT(gradient.data<float>()[0], -1e6f);
}

Trainer student_of(const ModelPtr& student, const ModelPtr& teacher) {
  Objective objective(sparse_categorical_crossentropy());
  objective.distil_from(teacher, *student, {.temperature = 2, .alpha = 0});
  return {student, adam({.learning_rate = 0.01}), std::move(objective), {.seed = 5}};
}

TEST(Distillation, AStudentLearnsWhatItsTeacherSays) {
  const auto source = pattern_source();
  data::Loader train(source, pattern_options()),
      validation(source, pattern_options(data::Split::kValidation));
  const ModelPtr teacher = convolutional_model();
  Trainer teaching(teacher, adam({.learning_rate = 0.02}), sparse_categorical_crossentropy(), {.seed = 1});
  teaching.fit(train, nullptr, {.epochs = 4, .reestimate_batch_normalization = true});
  std::vector<Array> before;
  for (const Weight* weight : teacher->weights()) before.push_back(weight->value.clone());

  const ModelPtr student = dense_model();
  Trainer trainer = student_of(student, teacher);
  const History history = trainer.fit(train, &validation, {.epochs = 12});
  EXPECT_GT(history.metrics.at("val_accuracy").back(), 0.9);
  const auto& course = history.metrics.at("distillation_loss");
  EXPECT_LT(course.back(), 0.5 * course.front());
  EXPECT_NEAR(history.metrics.at("loss").back(), course.back(), 1e-6) << "alpha is 0";
  EXPECT_FALSE(history.metrics.contains("val_distillation_loss"));
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(identical(before[i], teacher->weights()[i]->value)) << "a teacher stays as it is";
  }
}

TEST(Distillation, ItsSumsAreKept) {
  Objective objective(sparse_categorical_crossentropy());
  objective.distil_from(echo(3, "softmax", "teacher"), *echo(3, "softmax", "student"));
  data::Batch batch;
  batch.inputs = {Array::of<float>({1, 3}, {0, 1, 2})};
  batch.targets = {Array::of<int32_t>({1}, {0})};
  const std::vector<Array> outputs{Array::of<float>({1, 3}, {0.2f, 0.3f, 0.5f})};
  std::vector<Array> gradients;
  const auto losses = objective.losses(batch, outputs, &gradients);
  Tally whole(objective), first(objective), second(objective);
  for (int i = 0; i < 2; ++i) whole.add(losses, losses.total, batch, outputs);
  first.add(losses, losses.total, batch, outputs);
  second.restore(first.sums());
  second.add(losses, losses.total, batch, outputs);
  EXPECT_EQ(second.logs(), whole.logs());
  EXPECT_GT(whole.logs().at("distillation_loss"), 0);
}

TEST(Distillation, Errors) {
  const auto teach = [](const ModelPtr& teacher, const ModelPtr& student, const DistillationOptions& options,
                        std::unique_ptr<Loss> loss) {
    return [=, loss = std::shared_ptr<const Loss>(std::move(loss))] {
      Objective objective(loss);
      objective.distil_from(teacher, *student, options);
    };
  };
  const auto cross = [] { return sparse_categorical_crossentropy(); };
  const ModelPtr three = echo(3, "softmax", "student");
  EXPECT_THAT(
      teach(echo(4, "softmax", "teacher"), three, {}, cross()),
      ThrowsMessage<ValueError>(HasSubstr("teacher 'teacher' takes (None, 4), model 'student' takes")));
  const Tensor in = nudge::input({3}, "x");
  const ModelPtr five = make_model(in, layers::dense(in, {.units = 5, .name = "top"}), "five");
  EXPECT_THAT(teach(five, three, {}, cross()),
              ThrowsMessage<ValueError>(HasSubstr("teacher 'five' has 5 classes in output 'top', model "
                                                  "'student' has 3")));
  const ModelPtr sigmoids = make_model(
      in, layers::dense(in, {.units = 3, .activation = ActivationFunction::kSigmoid, .name = "top"}), "each");
  EXPECT_THAT(teach(sigmoids, three, {}, cross()),
              ThrowsMessage<ValueError>(HasSubstr("teacher 'each': output 'top' ends in sigmoid of 3")));
  const ModelPtr twice = make_model(std::vector<Tensor>{in}, {layers::softmax(in), layers::softmax(in)});
  EXPECT_THAT(teach(twice, three, {}, cross()), ThrowsMessage<ValueError>(HasSubstr("2 outputs")));
  EXPECT_THAT(teach(three, three, {}, mean_squared_error()),
              ThrowsMessage<ValueError>(HasSubstr("tells no class among others")));
  EXPECT_THAT(teach(three, three, {.temperature = 0}, cross()),
              ThrowsMessage<ValueError>(HasSubstr("temperature is 0")));
  EXPECT_THAT(teach(three, three, {.alpha = 1.5}, cross()),
              ThrowsMessage<ValueError>(HasSubstr("alpha is 1.5")));
}

}  // namespace
}  // namespace nudge::train
