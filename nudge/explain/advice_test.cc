#include "nudge/explain/advice.h"

#include <gmock/gmock.h>

namespace nudge::explain {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

LayerError good() { return {.layer = "relu", .together = {"conv", "relu"}, .own_sqnr = 35, .codes = 250}; }

TEST(Advice, SaysNothingOfALayerThatLosesLittle) { EXPECT_THAT(advice(good()), IsEmpty()); }

TEST(Advice, NamesWhatStandsOut) {
  LayerError island = good();
  island.island = "it has no quantizer";
  EXPECT_EQ(advice(island), "computes in float: it has no quantizer");

  LayerError narrow = good();
  narrow.saturated = 0.123;
  EXPECT_THAT(advice(narrow), HasSubstr("12.3% of its values lie beyond its range"));

  LayerError coarse = good();
  coarse.scale_move = 1.58;
  EXPECT_THAT(advice(coarse), IsEmpty()) << "nothing came of it";
  coarse.parted = 7;
  EXPECT_THAT(advice(coarse), HasSubstr("1.58 times coarser"));

  LayerError wide = good();
  wide.own_sqnr = 12;
  EXPECT_THAT(advice(wide), HasSubstr("--keep-float 'conv|relu'"));
  wide.codes = 9;
  EXPECT_THAT(advice(wide), HasSubstr("only 9 of its 256 codes"));
}

}  // namespace
}  // namespace nudge::explain
