#include "nudge/report/table.h"

#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::report {
namespace {

TEST(Table, AlignsColumns) {
  EXPECT_EQ(render_table({"name", "n"}, {{"a", "1"}, {"größer", "200"}}, {1}),
            "name      n\n"
            "------  ---\n"
            "a         1\n"
            "größer  200\n");
}

TEST(Table, RefusesRaggedRows) { EXPECT_THROW(render_table({"a", "b"}, {{"1"}}), ValueError); }

TEST(Table, ComparesModels) {
  EXPECT_EQ(
      comparison_table(
          {{.file = "float.keras", .kind = "float", .runtime = "nudge", .accuracy = 0.975, .bytes = 8900000},
           {.file = "qat.tflite", .kind = "int8", .runtime = "litert", .accuracy = 0.97, .bytes = 2400}}),
      "file         kind   runtime  accuracy     size\n"
      "-----------  -----  -------  --------  -------\n"
      "float.keras  float  nudge      0.9750  8.90 MB\n"
      "qat.tflite   int8   litert     0.9700   2.4 KB\n");
}

TEST(Table, WritesSizesForPeople) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(999), "999 B");
  EXPECT_EQ(human_size(1000), "1.0 KB");
  EXPECT_EQ(human_size(1000000), "1.00 MB");
}

}  // namespace
}  // namespace nudge::report
