#include "nudge/train/pixel_scaling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/layers/layers.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

ModelPtr model_with(bool rescaling) {
  const Tensor image = input({8, 8, 3});
  const Tensor scaled = rescaling ? layers::rescaling(image, {.scale = 0.5, .name = "to_unit"}) : image;
  return make_model(image, layers::global_average_pooling2d(scaled, {}));
}

ScalingQuestion question() {
  ScalingQuestion question;
  question.model_name = "m.keras";
  question.data_name = "x.npz";
  return question;
}

// Card, layer, application, architecture: each is believed where those before it say nothing.
TEST(PixelScaling, IsBelievedInOrder) {
  const ModelPtr known = applications::build_application("MobileNetV2", {.input_shape = {32, 32, 3}});
  const ModelPtr rescaling = model_with(true), plain = model_with(false);
  ScalingQuestion asked = question();
  asked.model = known.get();
  EXPECT_EQ(pixel_scaling(asked).preprocess, data::Preprocess::kTf);
  EXPECT_EQ(pixel_scaling(asked).kept, "tf");
  EXPECT_THAT(pixel_scaling(asked).assumption, AllOf(HasSubstr("m.keras"), HasSubstr("MobileNetV2"),
                                                     HasSubstr("tf"), HasSubstr("--preprocess")));
  asked.application = "rescale";
  EXPECT_EQ(pixel_scaling(asked).kept, "rescale");
  EXPECT_THAT(pixel_scaling(asked).assumption, IsEmpty()) << "the application was asked for by name";
  asked.model = rescaling.get();
  EXPECT_EQ(pixel_scaling(asked).kept, "none");
  asked.card.preprocessing = "0.25,-1";
  EXPECT_EQ(pixel_scaling(asked).preprocess, data::Preprocess::linear(0.25f, -1.0f));
  EXPECT_EQ(pixel_scaling(asked).kept, "0.25,-1");
  asked.asked = "torch";
  EXPECT_EQ(pixel_scaling(asked).preprocess, data::Preprocess::kTorch);
  EXPECT_EQ(pixel_scaling(asked).kept, "torch");
  asked = question();
  asked.model = plain.get();
  EXPECT_FALSE(known_pixel_scaling(asked));
}

TEST(PixelScaling, OfFloatsIsNeverDoneTwice) {
  const ModelPtr known = applications::build_application("MobileNetV2", {.input_shape = {32, 32, 3}});
  ScalingQuestion asked = question();
  asked.float_data = true;
  asked.model = known.get();
  EXPECT_EQ(pixel_scaling(asked).preprocess, data::Preprocess::kNone);
  EXPECT_EQ(pixel_scaling(asked).kept, "tf") << "the pictures that made the floats still need it";
  EXPECT_THAT(pixel_scaling(asked).assumption, AllOf(HasSubstr("x.npz"), HasSubstr("as they are")));
  asked.application = "tf";
  EXPECT_EQ(pixel_scaling(asked).kept, keras::ModelCard::kScaledElsewhere)
      << "trained from scratch, on floats that anybody made";
  asked.card.preprocessing = "tf";
  EXPECT_EQ(pixel_scaling(asked).kept, "tf");
  EXPECT_EQ(pixel_scaling(asked).preprocess, data::Preprocess::kNone);
  asked.card.preprocessing = keras::ModelCard::kScaledElsewhere;
  EXPECT_EQ(pixel_scaling(asked).kept, keras::ModelCard::kScaledElsewhere);
  EXPECT_THAT(pixel_scaling(asked).assumption, IsEmpty());
  asked.asked = "rescale";
  EXPECT_EQ(pixel_scaling(asked).preprocess, data::Preprocess::kRescale) << "unless told";
  asked = question();
  asked.float_data = true;
  EXPECT_EQ(pixel_scaling(asked).kept, keras::ModelCard::kScaledElsewhere);
}

TEST(PixelScaling, SaysWhatToGiveWhereNothingIsKnown) {
  const ModelPtr plain = model_with(false);
  ScalingQuestion asked = question();
  asked.model = plain.get();
  EXPECT_THAT([&] { pixel_scaling(asked); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("m.keras: nothing says"), HasSubstr("--preprocess"),
                                              HasSubstr("tf (-1..1)"))));
  asked.card.preprocessing = keras::ModelCard::kScaledElsewhere;
  EXPECT_THAT([&] { pixel_scaling(asked); },
              ThrowsMessage<ValueError>(
                  AllOf(HasSubstr("floats that were prepared before"), HasSubstr("--preprocess"))));
  asked.card.preprocessing = "sepia";
  EXPECT_THAT([&] { pixel_scaling(asked); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("m.keras"), HasSubstr("sepia"))));
  asked.asked = "sepia";
  EXPECT_THROW(pixel_scaling(asked), ValueError);
}

TEST(PixelScaling, ToldToScaleTwiceItSaysSo) {
  const ModelPtr rescaling = model_with(true);
  ScalingQuestion asked = question();
  asked.model = rescaling.get();
  asked.asked = "tf";
  EXPECT_EQ(pixel_scaling(asked).preprocess, data::Preprocess::kTf);
  EXPECT_THAT(pixel_scaling(asked).assumption, AllOf(HasSubstr("'to_unit'"), HasSubstr("once more")));
  asked.asked = "none";
  EXPECT_THAT(pixel_scaling(asked).assumption, IsEmpty());
}

}  // namespace
}  // namespace nudge::train
