// What fit() reports of ranges and of batch normalisation's averages, and what it says of these.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/callbacks/lambda_callback.h"
#include "nudge/train/callbacks/range_logger.h"
#include "nudge/train/saturation.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

using testing::HasSubstr;
using testing::Not;

class RangeMonitor : public testing::Test {
 protected:
  Trainer quantized_trainer() {
    const ModelPtr model = dense_model();
    model->initialize(1);
    Trainer trainer(quantize::quantize_model(*model), adam({.learning_rate = 0.02}),
                    sparse_categorical_crossentropy(), {.seed = 1});
    trainer.calibrate(train_);
    return trainer;
  }

  const TestFolder folder_;
  const std::shared_ptr<const data::Source> source_ = pattern_source(120);
  data::Loader train_{source_, pattern_options()};
  data::Loader validation_{source_, pattern_options(data::Split::kValidation)};
};

TEST_F(RangeMonitor, EachRangeHasItsCourseInTheHistoryAndTheTable) {
  Trainer trainer = quantized_trainer();
  const std::string path = folder_.path("ranges.csv");
  const History history =
      trainer.fit(train_, &validation_, {.epochs = 3, .callbacks = {std::make_shared<RangeLogger>(path)}});
  const std::vector<double>& distance = history.ranges.at("quant_hidden/post_activation/distance");
  const std::vector<double>& saturation = history.ranges.at("quant_hidden/post_activation/saturation");
  ASSERT_EQ(distance.size(), 3U);
  EXPECT_EQ(distance.back(), trainer.plan()
                                 .ranges()
                                 ->find(trainer.model().layer("quant_hidden"), "post_activation")
                                 ->progress()
                                 .distance);
  EXPECT_GE(history.metrics.at("ranges_distance").back(), distance.back());
  EXPECT_GE(history.metrics.at("ranges_saturation").back(), saturation.back());

  std::istringstream table(read_text_file(path));
  std::string line;
  std::getline(table, line);
  EXPECT_EQ(line, "epoch,quantizer,min,max,distance,updates,saturation,settled\r");
  int rows = 0;
  while (std::getline(table, line))
    rows += line.find(",quant_hidden/post_activation,") != std::string::npos ? 1 : 0;
  EXPECT_EQ(rows, 3);
}

TEST_F(RangeMonitor, ARangeThatIsTooNarrowIsSaturated) {
  Trainer trainer = quantized_trainer();
  const auto share = [&] {
    return saturation(trainer.plan(), trainer.model(), validation_).at("quant_hidden/post_activation");
  };
  EXPECT_LT(share(), 0.1);
  trainer.model().layer("quant_hidden").weight("post_activation_max").value.data<float>()[0] /= 8;
  EXPECT_GT(share(), 0.2);
}

TEST_F(RangeMonitor, FitSaysWhenOnlyTheAveragesAreBehind) {
  const auto warning_of = [&](const ModelPtr& model, bool reestimate) {
    Trainer trainer(model, adam({.learning_rate = 0.01}), sparse_categorical_crossentropy(), {.seed = 1});
    testing::internal::CaptureStderr();
    const History history =
        trainer.fit(train_, &validation_, {.epochs = 6, .reestimate_batch_normalization = reestimate});
    EXPECT_GT(history.metrics.at("batch_norm_distance").front(), 0.0);
    return testing::internal::GetCapturedStderr();
  };
  const std::string said = warning_of(convolutional_model(), false);
  EXPECT_THAT(said,
              HasSubstr("validation is low only because batch normalisation's moving averages are behind"));
  EXPECT_THAT(said, HasSubstr("--reestimate-bn"));
  EXPECT_EQ(said.find("averages are behind"), said.rfind("averages are behind")) << "once";
  EXPECT_THAT(warning_of(convolutional_model(), true), Not(HasSubstr("averages are behind")))
      << "it is being mended";
}

// The probe behind the advice leaves no trace in the model, so that a watched run ends as any other.
TEST_F(RangeMonitor, TheProbeChangesNothing) {
  const auto weights_after = [&](data::BatchStream* validation) {
    const ModelPtr model = convolutional_model();
    Trainer trainer(model, adam({.learning_rate = 0.01}), sparse_categorical_crossentropy(), {.seed = 1});
    data::Loader train(source_, pattern_options());
    trainer.fit(train, validation, {.epochs = 4});
    std::vector<Array> values;
    for (const Weight* weight : model->weights()) values.push_back(weight->value.clone());
    return values;
  };
  const std::vector<Array> with = weights_after(&validation_), without = weights_after(nullptr);
  ASSERT_EQ(with.size(), without.size());
  for (size_t i = 0; i < with.size(); ++i) EXPECT_TRUE(identical(with[i], without[i])) << i;
}

TEST_F(RangeMonitor, ModelsWithoutBatchNormalizationReportNone) {
  Trainer trainer(dense_model(), sgd(), sparse_categorical_crossentropy());
  const History history = trainer.fit(train_, nullptr, {.epochs = 1});
  EXPECT_FALSE(history.metrics.contains("batch_norm_distance"));
  EXPECT_FALSE(history.metrics.contains("ranges_distance"));
  EXPECT_TRUE(history.ranges.empty());
}

}  // namespace
}  // namespace nudge::train
