#include "nudge/layers/recurrent.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/bidirectional.h"
#include "nudge/layers/conv_lstm2d.h"
#include "nudge/ops/program.h"

namespace nudge::layers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<Shape> shapes_of(const Layer& layer) { return layer.output_shapes({{kUnknown, 5, 3}}); }

TEST(RecurrentTest, GivesTheStatesThatAreAskedFor) {
  const Shape last{kUnknown, 4}, all{kUnknown, 5, 4};
  EXPECT_THAT(shapes_of(LSTM({.units = 4})), ElementsAre(last));
  EXPECT_THAT(shapes_of(LSTM({.units = 4, .return_state = true})), ElementsAre(last, last, last));
  EXPECT_THAT(shapes_of(GRU({.units = 4, .return_sequences = true, .return_state = true})),
              ElementsAre(all, last));
}

TEST(RecurrentTest, DropsTheSameUnitsInEveryStep) {
  const Tensor x = input({3, 2});
  const ModelPtr model = make_model(x, lstm(x, {.units = 4, .dropout = 0.5, .recurrent_dropout = 0.25}));
  std::vector<ops::Dropout> dropouts;
  const ops::Program program = ops::expand(model);
  for (const ops::Operation& operation : program.operations) {
    if (const auto* dropout = operation.as<ops::Dropout>()) dropouts.push_back(*dropout);
  }
  ASSERT_EQ(dropouts.size(), 4U) << "of the sequence, and of three states";
  EXPECT_EQ(dropouts[0].rate, 0.5);
  EXPECT_EQ(dropouts[0].noise_shape, (Shape{kUnknown, 1, kUnknown}));
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(dropouts[i].rate, 0.25);
    EXPECT_EQ(dropouts[i].draw, dropouts[1].draw);
    EXPECT_NE(dropouts[i].draw, dropouts[0].draw);
  }
}

TEST(RecurrentTest, ForgetGatesStartAtOne) {
  const auto bias_of = [](Layer& layer, const Shape& shape, const char* name) {
    layer.build({shape});
    layer.initialize(1);
    const auto values = layer.weight(name).value.span<float>();
    return std::vector<float>(values.begin(), values.end());
  };
  const std::vector<float> forgetful{0, 0, 1, 1, 0, 0, 0, 0};
  LSTM lstm({.units = 2});
  EXPECT_EQ(bias_of(lstm, {kUnknown, 5, 3}, "cell/bias"), forgetful);
  lstm.weight("cell/bias").value.data<float>()[2] = 7;
  lstm.initialize(2);
  EXPECT_EQ(lstm.weight("cell/bias").value.data<float>()[2], 7) << "a bias that has a value keeps it";
  Bidirectional both({.kind = Recurrence::kLstm, .forward = {.units = 2}, .backward = {.units = 2}});
  EXPECT_EQ(bias_of(both, {kUnknown, 5, 3}, "backward_layer/cell/bias"), forgetful);
  ConvLSTM2D images({.recurrent = {.units = 2}});
  EXPECT_EQ(bias_of(images, {kUnknown, 5, 4, 4, 3}, "cell/bias"), forgetful);
  LSTM plain({.units = 2, .unit_forget_bias = false});
  EXPECT_EQ(bias_of(plain, {kUnknown, 5, 3}, "cell/bias"), std::vector<float>(8, 0));
  GRU gru({.units = 2, .reset_after = false});
  EXPECT_EQ(bias_of(gru, {kUnknown, 5, 3}, "cell/bias"), std::vector<float>(6, 0));
}

TEST(RecurrentTest, ConvLSTM2DGivesTheStatesThatAreAskedFor) {
  const ConvLSTM2D layer({.kernel_size = 3,
                          .strides = 2,
                          .padding = Padding::kSame,
                          .recurrent = {.units = 4, .return_sequences = true, .return_state = true}});
  const Shape last{kUnknown, 3, 4, 4};
  EXPECT_THAT(layer.output_shapes({{kUnknown, 6, 5, 8, 2}}),
              ElementsAre(Shape{kUnknown, 6, 3, 4, 4}, last, last));
  EXPECT_THAT(
      [&] {
        layer.output_shapes({{kUnknown, 5, 8, 2}});
      },
      ThrowsMessage<ShapeError>(HasSubstr("ConvLSTM2D")));
  EXPECT_THAT([] { ConvLSTM2D({.strides = 2, .dilation_rate = 2, .recurrent = {.units = 1, .name = "c"}}); },
              ThrowsMessage<ValueError>(HasSubstr("layer 'c' (ConvLSTM2D): strides and dilation_rate")));
}

TEST(RecurrentTest, KeepsItsConfiguration) {
  const LSTM layer({.units = 4, .return_state = true, .dropout = 0.1, .recurrent_dropout = 0.2, .seed = 7});
  const Json config = layer.config();
  EXPECT_EQ(config["seed"], 7);
  EXPECT_EQ(LSTM::from_config(config)->config(), config);
}

TEST(RecurrentTest, RefusesWhatItCannotBe) {
  EXPECT_THAT(
      [] { GRU({.units = 2, .dropout = 1.5, .name = "g"}); },
      ThrowsMessage<ValueError>(HasSubstr("layer 'g' (GRU): dropout must be within [0, 1], given 1.5")));
  Json config = GRU({.units = 2}).config();
  config["stateful"] = true;
  EXPECT_THAT([&] { GRU::from_config(config); },
              ThrowsMessage<UnsupportedError>(HasSubstr("stateful is not supported")));
  const Json layer{{"class_name", "GRU"}, {"config", GRU({.units = 2, .return_state = true}).config()}};
  EXPECT_THAT(
      [&] {
        Bidirectional::from_config({{"layer", layer}, {"merge_mode", "concat"}});
      },
      ThrowsMessage<UnsupportedError>(HasSubstr("return_state within Bidirectional")));
}

}  // namespace
}  // namespace nudge::layers
