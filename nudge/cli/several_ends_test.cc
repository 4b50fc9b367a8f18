// Models with several inputs and outputs through every command, from arrays by their names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/json.h"
#include "nudge/base/random.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/npy.h"
#include "nudge/data/npz.h"
#include "nudge/data/test_folder.h"
#include "nudge/keras/save.h"
#include "nudge/layers/layers.h"
#include "nudge/train/test_pairs.h"

namespace nudge::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SeveralEnds : public testing::Test {
 protected:
  void SetUp() override {
    const auto [left, right, sum, brighter] = train::random_pairs(/*items=*/120, /*seed=*/5);
    data::write_npz(path("pairs.npz"),
                    {{"right", right}, {"left", left}, {"sum", sum}, {"brighter", brighter}});
    data::write_npz(path("plain.npz"), {{"x", left}, {"y", brighter}});
    data::write_npz(path("inputs.npz"), {{"right", right}, {"left", left}});
    data::write_npy(path("left.npy"), left.slice(0, 2));
    data::write_npy(path("right.npy"), right.slice(0, 2));

    const Tensor l = input({4, 4, 1}, "left"), r = input({4, 4, 1}, "right");
    const Tensor x = layers::flatten(
        layers::concatenate({layers::conv2d(l, {.filters = 4, .kernel_size = 3, .name = "of_left"}),
                             layers::conv2d(r, {.filters = 4, .kernel_size = 3, .name = "of_right"})},
                            {.name = "both"}),
        {.name = "flat"});
    const ModelPtr model = make_model(
        {l, r},
        {layers::dense(x,
                       {.units = 2, .activation = layers::ActivationFunction::kSoftmax, .name = "brighter"}),
         layers::dense(x, {.units = 1, .name = "sum"})},
        "twins");
    model->initialize(7);
    keras::save_model(*model, path("start.keras"));
  }

  std::string path(const std::string& name) const { return folder_.path(name); }

  std::vector<std::string> training(const std::string& model, const std::string& output,
                                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"train",   "--model", path(model),   "--data", path("pairs.npz"),
                                       "--batch", "10",      "--optimizer", "adam",   "--learning-rate",
                                       "0.02",    "-o",      path(output)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  const data::TestFolder folder_;
};

TEST_F(SeveralEnds, GoTheWholeWay) {
  const Json trained = result_of(training("start.keras", "float.keras", {"--epochs", "8"}));
  for (const char* name :
       {"brighter_accuracy", "sum_loss", "val_brighter_accuracy", "val_sum_mean_absolute_error"}) {
    EXPECT_TRUE(trained["history"].contains(name)) << name;
  }
  result_of({"quantize", path("float.keras"), "--calibrate", path("inputs.npz"), "-o", path("q.keras")});
  result_of(training("q.keras", "qat.keras",
                     {"--epochs", "2", "--loss", "sum=huber:delta=0.5", "--loss-weights", "sum=2",
                      "--metrics", "sum=mean_squared_error", "--metrics", "brighter=auc"}));
  result_of({"convert", path("qat.keras"), "-o", path("qat.tflite")});
  result_of(
      {"convert", path("float.keras"), "--representative", path("inputs.npz"), "-o", path("ptq.tflite")});

  const Json of_model = result_of({"evaluate", path("qat.keras"), "--data", path("pairs.npz")});
  const Json of_file =
      result_of({"evaluate", path("qat.tflite"), "--data", path("pairs.npz"), "--runtime", "reference"});
  EXPECT_EQ(of_model["metrics"], of_file["metrics"]);
  EXPECT_GT(of_file["metrics"]["brighter_accuracy"].get<double>(), 0.8);
  EXPECT_LT(of_file["metrics"]["sum_mean_absolute_error"].get<double>(), 0.25);
  EXPECT_FALSE(of_file.contains("confusion"));
  const Json compared = result_of({"compare", path("float.keras"), path("qat.tflite"), path("ptq.tflite"),
                                   "--data", path("pairs.npz"), "--runtime", "reference"});
  EXPECT_EQ(compared["models"][1]["metrics"], of_file["metrics"]);

  result_of({"predict", path("qat.tflite"), "--npy", path("left.npy"), "--npy", path("right.npy"), "--out",
             path("out.npz"), "--runtime", "reference"});
  const auto outputs = data::read_npz(path("out.npz"));
  ASSERT_EQ(outputs.size(), 2U);
  for (const auto& [name, scores] : outputs) {
    const bool known = name == "sum/float" || name == "brighter/float";
    EXPECT_TRUE(known) << name;
    EXPECT_EQ(scores.shape()[0], 2) << name;
  }
}

TEST_F(SeveralEnds, WhatStandsInForAnArrayIsSaid) {
  std::string errors;
  const Json trained = result_of({"train", "--model", path("start.keras"), "--data", path("plain.npz"),
                                  "--epochs", "1", "-o", path("out.keras")},
                                 &errors);
  EXPECT_THAT(errors, AllOf(HasSubstr("x goes into 'left', 'right'"),
                            HasSubstr("the labels are for output 'brighter'; 'sum' without a target")));
  EXPECT_TRUE(trained["history"].contains("brighter_accuracy"));
  EXPECT_FALSE(trained["history"].contains("sum_loss"));
}

TEST_F(SeveralEnds, CheckpointsGoOn) {
  result_of(training("start.keras", "whole.keras", {"--epochs", "2", "--threads", "1"}));
  const std::vector<std::string> run =
      training("start.keras", "parts.keras",
               {"--epochs", "2", "--threads", "1", "--checkpoint", path("kept"), "--every", "3"});
  result_of(run);
  const Json resumed = result_of({"train", "--resume", path("kept"), "--threads", "1"});
  EXPECT_TRUE(resumed["history"].contains("val_sum_loss"));
  EXPECT_TRUE(identical(keras::load_model(path("parts.keras"))->layer("sum").weight("kernel").value,
                        keras::load_model(path("whole.keras"))->layer("sum").weight("kernel").value));
}

TEST_F(SeveralEnds, WhatIsMissingIsNamed) {
  const auto expect = [&](std::vector<std::string> arguments, const std::string& what) {
    const ProgramResult result = run_nudge(arguments);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.errors, HasSubstr(what));
  };
  expect({"train", "--model", path("start.keras"), "--data", path("inputs.npz"), "-o", path("no.keras")},
         "no array y, nor one named as an output of");
  data::write_npz(path("half.npz"), {{"left", Array({20, 4, 4, 1})}, {"sum", Array({20})}});
  expect({"evaluate", path("start.keras"), "--data", path("half.npz")}, "no array 'right'");
  const std::vector<std::pair<std::string, std::string>> others{
      {"--loss", "middle=huber"}, {"--metrics", "middle=auc"}, {"--loss-weights", "middle=2"}};
  for (const auto& [flag, value] : others) {
    expect(training("start.keras", "no.keras", {flag, value}), flag + " " + value + ": ");
    expect(training("start.keras", "no.keras", {flag, value}),
           "has no output 'middle'; it has brighter, sum");
  }
  expect({"evaluate", path("start.keras"), "--data", path("pairs.npz"), "--predictions", path("p.csv")},
         "says no classes");
  expect(training("start.keras", "no.keras", {"--class-weights", "balanced"}), "have no classes");
}

}  // namespace
}  // namespace nudge::cli
