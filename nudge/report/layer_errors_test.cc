#include "nudge/report/layer_errors.h"

#include <gmock/gmock.h>

#include <limits>

namespace nudge::report {
namespace {

using testing::ElementsAre;
using testing::Field;

std::vector<LayerErrorRow> rows() {
  return {
      {.layer = "a", .simulated = 30, .file = 29.96, .own = 31, .largest = 1.25, .beyond = 0.00123},
      {.layer = "b", .file = 40, .own = std::numeric_limits<double>::infinity(), .note = "computes in float"},
      {.layer = "c", .file = 25, .own = 26},
      {.layer = "d", .file = 24, .own = 35}};
}

TEST(LayerErrors, ThoseThatAddMostComeFirst) {
  EXPECT_THAT(worst_layers(rows(), 2),
              ElementsAre(Field(&LayerErrorRow::layer, "c"), Field(&LayerErrorRow::layer, "a"),
                          Field(&LayerErrorRow::layer, "b")));
  EXPECT_THAT(worst_layers(rows(), 99), testing::SizeIs(4));
}

TEST(LayerErrors, TableEndsWithNotes) {
  EXPECT_EQ(layer_error_table({rows()[0], rows()[1]}),
            "layer  simulation dB  file dB  own dB  largest, steps  beyond range\n"
            "-----  -------------  -------  ------  --------------  ------------\n"
            "a               30.0     30.0    31.0             1.2         0.12%\n"
            "b                0.0     40.0       -             0.0         0.00%\n"
            "\n"
            "b: computes in float\n");
}

}  // namespace
}  // namespace nudge::report
