#include "nudge/layers/masks.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"

namespace nudge::layers {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(MasksTest, RefusesWhatWouldUseThem) {
  const Tensor x = input({4, 3});
  const Tensor masked = dense(masking(x), {.units = 2});
  EXPECT_THAT([&] { check_masks(*make_model(x, lstm(masked, {.units = 2, .name = "l"}))); },
              ThrowsMessage<UnsupportedError>(HasSubstr("layer 'l' (LSTM): uses the mask")));
  const Tensor outer = input({4, 3});
  const ModelPtr inner = make_model(x, masked, "inner");
  EXPECT_THROW(check_masks(*make_model(outer, gru(inner->call(outer), {.units = 2}))), UnsupportedError);
}

TEST(MasksTest, AllowsWhereTheyEnd) {
  const Tensor x = input({4, 3});
  EXPECT_NO_THROW(check_masks(*make_model(x, lstm(x, {.units = 2}))));
  EXPECT_NO_THROW(check_masks(*make_model(x, dense(masking(x), {.units = 2}))));
  // Keras drops the mask at a layer that does not support masking.
  EXPECT_NO_THROW(
      check_masks(*make_model(x, lstm(reshape(masking(x), {.target_shape = {3, 4}}), {.units = 2}))));
}

}  // namespace
}  // namespace nudge::layers
