#include "nudge/train/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;
using testing::ThrowsMessage;

TEST(History, AppendsAnEpochAtATime) {
  History history;
  EXPECT_EQ(history.epochs(), 0);
  history.append({{"loss", 2.0}});
  history.append({{"loss", 1.0}, {"val_loss", 1.5}});
  history.append({{"val_loss", 1.25}});
  EXPECT_EQ(history.epochs(), 3);
  EXPECT_THAT(history.metrics["loss"], ElementsAre(2.0, 1.0, IsNan()));
  EXPECT_THAT(history.metrics["val_loss"], ElementsAre(IsNan(), 1.5, 1.25));
}

TEST(History, TheSecondPhaseGoesOnWhereTheFirstEnds) {
  History whole, floating, quantized;
  floating.initial_epoch = 3;
  floating.append({{"loss", 2.0}});
  quantized.initial_epoch = 4;
  quantized.qat_start_epoch = 4;
  quantized.append({{"loss", 1.0}, {"ranges_converged", 0.5}});
  whole.extend(floating);
  EXPECT_EQ(whole.initial_epoch, 3);
  whole.extend(quantized);
  EXPECT_EQ(whole.initial_epoch, 3);
  EXPECT_EQ(whole.qat_start_epoch, 4);
  EXPECT_THAT(whole.metrics["loss"], ElementsAre(2.0, 1.0));
  EXPECT_THAT(whole.metrics["ranges_converged"], ElementsAre(IsNan(), 0.5));
  whole.extend(quantized);
  EXPECT_EQ(whole.qat_start_epoch, 4) << "the first one stays";
  EXPECT_EQ(whole.epochs(), 3);
}

TEST(History, ComesBackFromJson) {
  History history;
  history.initial_epoch = 2;
  history.qat_start_epoch = 3;
  history.append({{"loss", 0.5}});
  history.append({{"loss", NAN}, {"accuracy", 1.0}});
  const Json json = history.to_json();
  EXPECT_EQ(dump_json(json), R"({"history":{"accuracy":[null,1.0],"loss":[0.5,null]},)"
                             R"("initial_epoch":2,"qat_start_epoch":3})");
  const History back = History::from_json(json, "m.keras");
  EXPECT_EQ(back.initial_epoch, 2);
  EXPECT_EQ(back.qat_start_epoch, 3);
  EXPECT_EQ(dump_json(back.to_json()), dump_json(json));
  EXPECT_FALSE(History::from_json(History().to_json(), "m.keras").qat_start_epoch.has_value());
}

TEST(History, AnotherFormIsAnInputError) {
  for (const char* text : {"{}", "[]", "3", R"({"history": {"loss": ["low"]}})",
                           R"({"history": {"loss": [1]}, "initial_epoch": "two"})",
                           R"({"history": {"loss": [1]}, "qat_start_epoch": []})"}) {
    EXPECT_THAT([&] { History::from_json(parse_json(text, "text"), "m.keras"); },
                ThrowsMessage<InputError>(HasSubstr("m.keras")))
        << text;
  }
}

}  // namespace
}  // namespace nudge::train
