#include "nudge/cli/training_specs.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>

#include "nudge/cli/spec.h"

namespace nudge::cli {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Spec, ReadsPairsAndJsonAlike) {
  for (const char* text : {"one:number=2.5,count=3,word=slow,yes=true",
                           R"({"name": "one", "number": 2.5, "count": 3, "word": "slow", "yes": true})"}) {
    Spec spec("--flag", text);
    EXPECT_EQ(spec.name(), "one");
    EXPECT_EQ(spec.number("number", 0), 2.5);
    EXPECT_EQ(spec.integer("count", 0), 3);
    EXPECT_EQ(spec.text("word", ""), "slow");
    EXPECT_TRUE(spec.boolean("yes", false));
    EXPECT_EQ(spec.number("absent", 7), 7);
    EXPECT_NO_THROW(spec.finish());
  }
}

TEST(Spec, SaysWhatIsWrong) {
  const auto wrong = [](const std::string& what) {
    return ThrowsMessage<CLI::ValidationError>(HasSubstr(what));
  };
  EXPECT_THAT([] { Spec("--flag", ""); }, wrong("--flag: a SPEC is NAME"));
  EXPECT_THAT([] { Spec("--flag", "one:two"); }, wrong("'two' is not KEY=VALUE"));
  EXPECT_THAT([] { Spec("--flag", "{"); }, wrong("an object with a \"name\""));
  EXPECT_THAT([] { Spec("--flag", R"({"name": "one", "n": )" + std::string(20'000, '[')); },
              wrong("nested 201 deep"));
  EXPECT_THAT([] { Spec("--flag", "one:n=1,n=2"); }, wrong("'n' is given twice"));
  EXPECT_THAT([] { Spec("--flag", R"({"name": "one", "n": {}})").list("n"); }, wrong("n must be numbers"));
  EXPECT_THAT([] { Spec("--flag", "one:n=x").number("n", 0); }, wrong("n must be a number"));
  EXPECT_THAT([] { Spec("--flag", "one:n=1.5").integer("n", 0); }, wrong("n must be a whole number"));
  EXPECT_THAT([] { Spec("--flag", "one:n=1").boolean("n", false); }, wrong("n must be true or false"));
  EXPECT_THAT([] { Spec("--flag", "one:n=1").text("n", ""); }, wrong("n must be a word"));
  EXPECT_THAT([] { Spec("--flag", "one:n=1").finish(); }, wrong("unknown key 'n'"));
}

TEST(TrainingSpecs, SchedulesFollowTheirFormulas) {
  const auto at = [](const std::string& spec, double done) { return schedule_from(spec)(done, 10); };
  EXPECT_EQ(at("constant", 7), 1);
  EXPECT_THAT(at("cosine", 5), DoubleNear(0.5, 1e-12));
  EXPECT_THAT(at("cosine:end=0.2", 10), DoubleNear(0.2, 1e-12));
  EXPECT_THAT(at("cosine:end=0.2", 5), DoubleNear(0.6, 1e-12));
  EXPECT_EQ(at("step:every=4,factor=0.5", 3.9), 1);
  EXPECT_EQ(at("step:every=4,factor=0.5", 4), 0.5);
  EXPECT_EQ(at("step:every=4,factor=0.5", 8), 0.25);
  EXPECT_EQ(at("constant:warmup=2", 0.5), 0.25);
  EXPECT_EQ(at("constant:warmup=2", 2), 1);
  EXPECT_THAT(at("cosine_restarts:first=2,t_mul=1", 3), DoubleNear(0.5, 1e-12));
  EXPECT_THAT(at("exponential:every=2,factor=0.25", 1), DoubleNear(0.5, 1e-12));
  EXPECT_THAT(at("polynomial:end=0.2", 5), DoubleNear(0.6, 1e-12));
  EXPECT_EQ(at("piecewise:at=3/6,factors=1/0.5/0.25", 4), 0.5);
  EXPECT_EQ(at("piecewise:at=3,factors=1/0.5", 4), 0.5);
  EXPECT_EQ(at(R"({"name": "piecewise", "at": [3], "factors": [1, 0.5]})", 4), 0.5);
  EXPECT_EQ(at("one_cycle:rise=0.5", 5), 1);
}

TEST(TrainingSpecs, OptimizersTakeKerasOptions) {
  EXPECT_EQ(optimizer_from("adamw")->options().at("weight_decay"), 0.004);
  EXPECT_EQ(optimizer_from("sgd:momentum=0.9,nesterov=true")->options().at("nesterov"), 1);
  EXPECT_EQ(optimizer_from("adam", {{"beta_1", 0.8}})->options().at("beta_1"), 0.8);
  EXPECT_EQ(optimizer_from("adam:beta_1=0.7", {{"beta_1", 0.8}})->options().at("beta_1"), 0.7);
}

TEST(TrainingSpecs, SchedulerSetsTheRateBeforeEachStep) {
  const auto optimizer = train::sgd({.learning_rate = 0.4});
  train::LearningRateScheduler scheduler(*optimizer,
                                         [](double done, double epochs) { return done / epochs; });
  train::TrainingState state{.epoch = 3, .epochs = 5, .step = 0, .steps = 2};
  scheduler.on_epoch_begin(state);
  EXPECT_DOUBLE_EQ(optimizer->learning_rate(), 0.4 * 0.25 / 2);
  scheduler.on_batch_end(state, {});
  EXPECT_DOUBLE_EQ(optimizer->learning_rate(), 0.4 * 0.75 / 2);
  state.epoch = 4;
  scheduler.on_epoch_begin(state);
  EXPECT_DOUBLE_EQ(optimizer->learning_rate(), 0.4 * 1.25 / 2);
}

TEST(TrainingSpecs, UnknownNamesAndKeysAreWrongUsage) {
  const auto wrong = [](const std::string& what) {
    return ThrowsMessage<CLI::ValidationError>(HasSubstr(what));
  };
  EXPECT_THAT([] { schedule_from("sine"); }, wrong("--schedule: sine: unknown schedule"));
  EXPECT_THAT([] { schedule_from("cosine:end=2"); }, wrong("end is 2"));
  EXPECT_THAT([] { schedule_from("step:every=0"); }, wrong("every is 0"));
  EXPECT_THAT([] { schedule_from("step:factor=0"); }, wrong("factor is 0"));
  EXPECT_THAT([] { schedule_from("constant:warmup=-1"); }, wrong("warmup is -1"));
  for (const char* when : {"0", "-1", "2x", "sometimes", ""}) {
    EXPECT_THAT([&] { integer_validation_from(when); }, wrong("give every, best, never or a number"));
  }
  EXPECT_EQ(integer_validation_from("7").every, 7);
  EXPECT_TRUE(integer_validation_from("best").best);
  EXPECT_EQ(integer_validation_from("never").every, 0);
}

}  // namespace
}  // namespace nudge::cli
