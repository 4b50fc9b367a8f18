#include "nudge/graph/regularizer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/random.h"

namespace nudge {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Regularizer, ValuesGradientsAndConfigurationsAreKeras) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/graph/testdata/weight_rules.json";
  int tested = 0;
  for (const Json& fixture : parse_json(read_text_file(path), path)) {
    if (!fixture.contains("regularizer")) continue;
    SCOPED_TRACE(fixture.at("regularizer").dump() + " of " + fixture.at("shape").dump());
    const Regularizer regularizer = Regularizer::from_json(fixture.at("regularizer"));
    EXPECT_EQ(regularizer.to_json(), fixture.at("regularizer"));
    const auto weight = fixture.at("weight").get<std::vector<float>>();
    std::vector<float> gradient(weight.size(), 1.0f);
    const double penalty =
        regularizer.penalty(fixture.at("shape").get<Shape>(), weight.data(), gradient.data(), 0.5);
    EXPECT_NEAR(penalty, fixture.at("penalty").get<double>(), 1e-5);
    for (size_t i = 0; i < gradient.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(gradient[i]), 1 + 0.5 * fixture.at("gradient").at(i).get<double>(),
                  1e-5)
          << "element " << i;
    }
    ++tested;
  }
  EXPECT_EQ(tested, 20);
}

TEST(Regularizer, GradientsAreFiniteDifferences) {
  const uint64_t seed = 11;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (const Regularizer& regularizer :
       {Regularizer::of_l1(0.5), Regularizer::of_l2(0.5), Regularizer::of_l1_l2(0.3, 0.2),
        Regularizer::orthogonal(2.0), Regularizer::orthogonal(2.0, "columns")}) {
    SCOPED_TRACE(regularizer.to_json().dump());
    const Shape shape{4, 3};
    std::vector<float> x(12), gradient(12, 0.0f);
    for (float& value : x)
      value = static_cast<float>(random.uniform(0.1, 1) * (random.uniform() < 0.5 ? -1 : 1));
    regularizer.penalty(shape, x.data(), gradient.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const float kept = x[i];
      x[i] = kept + 1e-2f;
      const double above = regularizer.penalty(shape, x.data());
      x[i] = kept - 1e-2f;
      const double below = regularizer.penalty(shape, x.data());
      x[i] = kept;
      EXPECT_NEAR(static_cast<double>(gradient[i]), (above - below) / 2e-2, 2e-3) << i;
    }
  }
}

TEST(Regularizer, ReadsNamesAndKeras2) {
  EXPECT_EQ(Regularizer::from_json("l2").l2, 0.01);
  EXPECT_EQ(Regularizer::from_json("L1").name, "L1");
  EXPECT_EQ(Regularizer::from_json("l1_l2").l1, 0.01);
  const Regularizer old = Regularizer::from_json({{"class_name", "L1L2"}, {"config", {{"l2", 4e-5}}}});
  EXPECT_EQ(old.l1, 0.0);
  EXPECT_EQ(old.l2, 4e-5);
}

TEST(Regularizer, RefusesWhatIsNone) {
  EXPECT_THAT([] { Regularizer::from_json("Mine"); },
              ThrowsMessage<UnsupportedError>("'Mine'; known: L1, L2, L1L2, OrthogonalRegularizer"));
  EXPECT_THROW(Regularizer::from_json(3), InputError);
  EXPECT_THROW(Regularizer::from_json({{"class_name", "L2"}, {"config", {{"l2", "much"}}}}), InputError);
  EXPECT_THAT(
      [] {
        Regularizer::from_json({{"class_name", "L2"}, {"config", {{"l2", -1}}}});
      },
      ThrowsMessage<InputError>(HasSubstr("l2 of a regularizer must not be negative")));
  EXPECT_THAT([] { Regularizer::orthogonal(1, "diagonals").check(); },
              ThrowsMessage<ValueError>(HasSubstr("rows or columns")));
  EXPECT_THAT([] { Regularizer{.name = "L3"}.check(); }, ThrowsMessage<ValueError>(HasSubstr("'L3'")));
  EXPECT_THAT(
      [] {
        Regularizer::orthogonal(1).check_shape({2, 3, 4});
      },
      ThrowsMessage<ShapeError>("OrthogonalRegularizer takes matrices, given shape (2, 3, 4)"));
}

}  // namespace
}  // namespace nudge
