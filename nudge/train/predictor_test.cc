#include "nudge/train/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/error.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/file_card.h"
#include "nudge/data/test_folder.h"
#include "nudge/keras/save.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/writer.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(RuntimeName, ComesBackAndAnotherIsRefused) {
  for (const Runtime runtime : {Runtime::kLitert, Runtime::kLitertReference, Runtime::kReference}) {
    EXPECT_EQ(runtime_from_name(to_string(runtime)), runtime);
    EXPECT_EQ(installed_runtime(runtime), runtime) << "only kAuto may stand for another";
  }
  EXPECT_EQ(runtime_from_name("auto"), Runtime::kAuto);
  EXPECT_EQ(installed_runtime(Runtime::kAuto),
            tflite::litert_available() ? Runtime::kLitert : Runtime::kReference);
  EXPECT_EQ(to_string(Runtime::kLitertReference), "litert-reference");
  EXPECT_THAT([] { runtime_from_name("tflite"); },
              ThrowsMessage<ValueError>(
                  AllOf(HasSubstr("'tflite'"), HasSubstr("litert, litert-reference, reference"))));
}

// One model for all: trained in float, quantized, trained on.
class OnePredictor : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    source_ = pattern_source();
    data::Loader train(source_, pattern_options());
    floating_ = convolutional_model();
    Trainer(floating_, adam({.learning_rate = 0.02}), sparse_categorical_crossentropy(), {.seed = 7})
        .fit(train, nullptr, {.epochs = 6, .reestimate_batch_normalization = true});
    quantized_ = quantize::quantize_model(*floating_);
    Trainer trainer(quantized_, adam({.learning_rate = 0.002}), sparse_categorical_crossentropy(),
                    {.seed = 7});
    calibrate(trainer.plan(), train, 3);
    trainer.fit(train, nullptr, {.epochs = 8, .initial_epoch = 6, .reestimate_batch_normalization = true});
  }
  static void TearDownTestSuite() {
    source_.reset();
    floating_.reset();
    quantized_.reset();
  }

  static Evaluation evaluation_of(Predictor predictor) {
    data::Loader loader(source_, pattern_options(data::Split::kAll));
    return predictor.evaluate(loader);
  }
  static Evaluation deployed(const tflite::TfLiteModel& file, Runtime runtime) {
    return evaluation_of(Predictor(file, {.runtime = runtime}));
  }
  static Evaluation simulated(const ModelPtr& model) {
    return evaluation_of(Predictor(model, {.simulated = true}));
  }

  static inline std::shared_ptr<const data::Source> source_;
  static inline ModelPtr floating_, quantized_;
};

TEST_F(OnePredictor, FloatFileGivesThePlansScores) {
  const Evaluation plan = simulated(floating_);
  const Evaluation file = deployed(convert::convert(*floating_).file, Runtime::kReference);
  EXPECT_GE(file.accuracy, 0.95);
  for (int64_t i = 0; i < plan.predictions.size(); ++i) {
    EXPECT_NEAR(file.predictions.data<float>()[i], plan.predictions.data<float>()[i], 1e-5f);
  }
}

TEST_F(OnePredictor, IntegerArithmeticAgreesWithTheSimulation) {
  const Evaluation plan = simulated(quantized_);
  const Evaluation file = deployed(convert::convert(*quantized_).file, Runtime::kReference);
  EXPECT_GE(file.accuracy, 0.95);
  EXPECT_LE(disagreement(plan, file), 0.01);
  for (const float score : file.predictions.span<float>()) {
    EXPECT_EQ(score * 256, std::round(score * 256)) << "a softmax is on TFLite's grid of 1/256";
  }
}

TEST_F(OnePredictor, OfAModelIsWhatItsFileGives) {
  EXPECT_TRUE(identical(evaluation_of(Predictor(quantized_)).predictions,
                        deployed(convert::convert(*quantized_).file, Runtime::kReference).predictions));
  EXPECT_EQ(Predictor(quantized_).runtime(), "reference");
  EXPECT_EQ(Predictor(quantized_, {.simulated = true}).runtime(), "simulation");
  EXPECT_EQ(Predictor(floating_).runtime(), "float");
  EXPECT_EQ(Predictor(floating_).inputs().front().shape, floating_->inputs().front().shape());
  EXPECT_EQ(Predictor(floating_).outputs().front().name, "scores");
}

TEST_F(OnePredictor, OpensFilesOfAnyKind) {
  const data::TestFolder folder;
  const keras::ModelCard card{.preprocessing = "tf", .classes = {"a", "b"}};
  keras::save_model(*quantized_, folder.path("q.keras"), {.card = card});
  tflite::TfLiteModel file = convert::convert(*quantized_).file;
  convert::set_model_card(file, card);
  tflite::write(file, folder.path("q.tflite"));
  const Evaluation expected = evaluation_of(Predictor(quantized_));
  for (const char* name : {"q.keras", "q.tflite"}) {
    Predictor predictor = Predictor::open(folder.path(name), {.runtime = Runtime::kReference});
    EXPECT_EQ(predictor.card().classes, card.classes) << name;
    EXPECT_TRUE(identical(evaluation_of(std::move(predictor)).predictions, expected.predictions)) << name;
  }
  EXPECT_THROW(Predictor::open(folder.path("none.keras")), InputError);
}

TEST_F(OnePredictor, IntegerInputsAndOutputsChangeNoScore) {
  const Evaluation expected = deployed(convert::convert(*quantized_).file, Runtime::kReference);
  for (const DataType type : {DataType::kInt8, DataType::kUInt8}) {
    const tflite::TfLiteModel file =
        convert::convert(*quantized_, {.input_type = type, .output_type = type}).file;
    EXPECT_TRUE(identical(deployed(file, Runtime::kReference).predictions, expected.predictions))
        << to_string(type);
  }
}

TEST_F(OnePredictor, LitertGivesTheSameScores) {
  if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed";
  const tflite::TfLiteModel file = convert::convert(*quantized_, {.input_type = DataType::kInt8}).file;
  const Evaluation expected = deployed(file, Runtime::kReference);
  EXPECT_TRUE(identical(deployed(file, Runtime::kLitertReference).predictions, expected.predictions));
  EXPECT_LE(disagreement(deployed(file, Runtime::kLitert), expected), 0.01);
}

TEST_F(OnePredictor, UnfitFilesAreNamed) {
  const tflite::TfLiteModel good = convert::convert(*quantized_, {.input_type = DataType::kInt8}).file;
  const auto broken = [&](auto&& change) {
    tflite::TfLiteModel file = good;
    tflite::SubGraph& graph = file.subgraphs.at(0);
    change(graph, graph.tensors.at(static_cast<size_t>(graph.inputs.at(0))));
    return [file] { Predictor(file, {.runtime = Runtime::kReference, .name = "cut.tflite"}); };
  };
  EXPECT_THAT(broken([](auto&, auto& input) { input.quantization.reset(); }),
              ThrowsMessage<InputError>(AllOf(HasSubstr("'image'"), HasSubstr("without a scale"))));
  EXPECT_THAT(broken([](auto&, auto& input) { input.type = tflite::TensorType::kInt32; }),
              ThrowsMessage<UnsupportedError>(AllOf(HasSubstr("'image'"), HasSubstr("INT32"))));
  EXPECT_THAT(broken([](auto& graph, auto&) {
                graph.tensors.at(static_cast<size_t>(graph.outputs.at(0))).type = tflite::TensorType::kInt32;
              }),
              ThrowsMessage<UnsupportedError>(HasSubstr("output")));
}

TEST_F(OnePredictor, TakesAsManyInputsAsTheModelHas) {
  for (const bool file : {false, true}) {
    Predictor predictor =
        file ? Predictor(convert::convert(*quantized_).file, {.runtime = Runtime::kReference})
             : Predictor(floating_);
    EXPECT_THROW(predictor.predict({Array({1, 4, 4, 2}), Array({1, 4, 4, 2})}), Error);
    EXPECT_THROW(predictor.predict(std::vector<Array>{}), Error);
  }
}

}  // namespace
}  // namespace nudge::train
