#include "nudge/graph/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/graph/sequential.h"
#include "nudge/graph/test_layer.h"

namespace nudge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ModelPtr plain_chain() {
  const Tensor a = input({300}, "a");
  return make_model(a, blend({blend({a}, "wide", 1000)}, "top", 2), "chain");
}

ModelPtr shared_and_nested() {
  const ModelPtr inner = sequential({std::make_shared<InputLayer>(Shape{4}), blend_layer("one")}, "inner");
  const LayerPtr shared = blend_layer("shared");
  const Tensor a = input({4}, "a"), b = input({4}, "b");
  const Tensor y = shared->call(b);
  return make_model({a, b}, {blend({inner->call(shared->call(a)), y}, "join", 2)}, "m");
}

TEST(Summary, RowsNameEachCallsInputs) {
  const auto rows = summary_rows(*shared_and_nested());
  std::vector<std::string> names;
  for (const SummaryRow& row : rows) names.push_back(row.name);
  EXPECT_THAT(names, ElementsAre("a", "shared", "b", "inner", "join"));
  EXPECT_THAT(rows[0].connected_to, IsEmpty());
  EXPECT_THAT(rows[1].connected_to, ElementsAre("a[0][0]", "b[0][0]"));
  EXPECT_THAT(rows[3].connected_to, ElementsAre("shared[0][0]"));
  EXPECT_THAT(rows[4].connected_to, ElementsAre("inner[0][0]", "shared[1][0]"));
  EXPECT_EQ(rows[1].params, 21) << "a shared layer's once";
  EXPECT_EQ(rows[3].class_name, "Sequential");
  EXPECT_EQ(rows[3].params, 21) << "a nested model's layers'";
  EXPECT_THAT(rows[4].output_shapes, ElementsAre(Shape{kUnknown, 2}));
}

TEST(Summary, IsKerasTable) {
  EXPECT_EQ(summary(*plain_chain()), R"(Model: "chain"
┏━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)   ┃ Output Shape ┃ Param # ┃
┡━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ a (InputLayer) │ (None, 300)  │       0 │
│ wide (Blend)   │ (None, 1000) │ 301,001 │
│ top (Blend)    │ (None, 2)    │   2,003 │
└────────────────┴──────────────┴─────────┘
 Total params: 303,004 (1.16 MB)
 Trainable params: 303,002 (1.16 MB)
 Non-trainable params: 2 (8.00 B)
)");
}

TEST(Summary, ShowsConnectionsOnlyWhereTheyAreNotPlain) {
  EXPECT_THAT(summary(*plain_chain()), Not(HasSubstr("Connected to")));
  EXPECT_THAT(summary(*shared_and_nested()), HasSubstr("│ inner[0][0], shared[1][0] │"));
}

TEST(Summary, WritesJson) {
  const ModelPtr model = plain_chain();
  model->layer("wide").set_trainable(false);
  const Json json = summary_json(*model);
  EXPECT_EQ(json["model"], "chain");
  EXPECT_EQ(json["total_params"], 303004);
  EXPECT_EQ(json["trainable_params"], 2002);
  EXPECT_EQ(json["non_trainable_params"], 301002);
  ASSERT_EQ(json["layers"].size(), 3u);
  const Json& wide = json["layers"][1];
  EXPECT_EQ(wide["name"], "wide");
  EXPECT_EQ(wide["class"], "Blend");
  EXPECT_EQ(wide["output_shape"], (Json{nullptr, 1000}));
  EXPECT_EQ(wide["params"], 301001);
  EXPECT_EQ(wide["connected_to"], Json::array({"a[0][0]"}));
}

TEST(Summary, SeveralOutputsGiveAListOfShapes) {
  const Tensor a = input({4}, "a");
  const auto split = std::make_shared<Blend>(BlendOptions{.units = 3, .outputs = 2, .name = "split"});
  const ModelPtr model = make_model({a}, split->call_all({a}));
  EXPECT_THAT(summary(*model), HasSubstr("[(None, 3), (None, 3)]"));
  EXPECT_EQ(summary_json(*model)["layers"][1]["output_shape"], (Json{{nullptr, 3}, {nullptr, 3}}));
}

}  // namespace
}  // namespace nudge
