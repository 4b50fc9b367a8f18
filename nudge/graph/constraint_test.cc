#include "nudge/graph/constraint.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

TEST(Constraint, ValuesAndConfigurationsAreKeras) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/graph/testdata/weight_rules.json";
  int tested = 0;
  for (const Json& fixture : parse_json(read_text_file(path), path)) {
    if (!fixture.contains("constraint")) continue;
    SCOPED_TRACE(fixture.at("constraint").dump() + " of " + fixture.at("shape").dump());
    const Constraint constraint = Constraint::from_json(fixture.at("constraint"));
    EXPECT_EQ(constraint.to_json(), fixture.at("constraint"));
    Array weight =
        Array::of(fixture.at("shape").get<Shape>(), fixture.at("weight").get<std::vector<float>>());
    constraint.apply(weight);
    for (int64_t i = 0; i < weight.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(weight.data<float>()[i]),
                  fixture.at("constrained").at(static_cast<size_t>(i)).get<double>(), 1e-6)
          << "element " << i;
    }
    ++tested;
  }
  EXPECT_EQ(tested, 29);
}

TEST(Constraint, ReadsNames) {
  EXPECT_EQ(Constraint::from_json("max_norm").max_value, 2.0);
  EXPECT_EQ(Constraint::from_json("min_max_norm").max_value, 1.0);
  EXPECT_EQ(Constraint::from_json("nonneg").name, "NonNeg");
  EXPECT_THAT(Constraint::from_json("UnitNorm").axes, ElementsAre(0));
  EXPECT_THAT(Constraint::from_json({{"class_name", "UnitNorm"}, {"config", {{"axis", nullptr}}}}).axes,
              IsEmpty());
}

TEST(Constraint, RefusesWhatIsNone) {
  EXPECT_THAT([] { Constraint::from_json("Mine"); },
              ThrowsMessage<UnsupportedError>(HasSubstr("'Mine'; known: MaxNorm")));
  EXPECT_THROW(Constraint::from_json(3), InputError);
  EXPECT_THAT(
      [] {
        Constraint::from_json({{"class_name", "MaxNorm"}, {"config", {{"axis", "rows"}}}});
      },
      ThrowsMessage<InputError>(HasSubstr("'axis' must be an integer or a list")));
  EXPECT_THROW(Constraint::max_norm(std::numeric_limits<double>::infinity()).check(), ValueError);
  EXPECT_THROW(Constraint{.name = "Mine"}.check(), ValueError);
  EXPECT_THAT(
      [] {
        Constraint::unit_norm({2}).check_shape({3, 4});
      },
      ThrowsMessage<ShapeError>("UnitNorm has axis 2, the weight shape (3, 4)"));
}

}  // namespace
}  // namespace nudge
