#include "nudge/keras/unread_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/test_folder.h"
#include "nudge/graph/summary.h"
#include "nudge/keras/archive_edit_test.h"
#include "nudge/keras/keras_files_test.h"
#include "nudge/keras/save.h"
#include "nudge/keras/test_models.h"

namespace nudge::keras {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

// A file of nudge's with its configuration changed.
std::string changed(const ModelPtr& model, const std::string& path,
                    const std::function<void(Json&)>& change) {
  model->initialize(1);
  save_model(*model, path);
  change_config(path, change);
  return path;
}

ModelPtr chain() {
  reset_layer_names();
  const Tensor x = input({6}, "x");
  const Tensor hidden = layers::dense(x, {.units = 4, .name = "hidden"});
  const Tensor odd = layers::relu(hidden, {.name = "odd"});
  return make_model(x, layers::dense(odd, {.units = 2, .name = "scores"}), "net");
}

TEST(UnreadLayer, StandsInWhereCallsSayItsShape) {
  const TestFolder folder;
  const std::string file = changed(chain(), folder.path("lambda.keras"),
                                   [](Json& net) { net["layers"][2]["class_name"] = "Lambda"; });
  EXPECT_THAT([&] { load_model(file); }, ThrowsMessage<UnsupportedError>(AllOf(
                                             HasSubstr("layer 'odd' (Lambda): holds Python code"),
                                             HasSubstr("'nudge summary'"), Not(HasSubstr("register")))));
  const auto rows = summary_rows(*load_outline(file).model);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2].class_name, "Lambda");
  EXPECT_THAT(rows[2].not_read, HasSubstr("never run"));
  EXPECT_EQ(rows[2].output_shapes, std::vector{(Shape{kUnknown, 4})});
  EXPECT_EQ(rows[3].not_read, "");
  EXPECT_EQ(rows[3].output_shapes, std::vector{(Shape{kUnknown, 2})});
  EXPECT_EQ(rows[3].params, 10);
}

TEST(UnreadLayer, LeavesBehindItWhatShapesAreNotSaid) {
  const TestFolder folder;
  const std::string file = changed(chain(), folder.path("own.keras"), [](Json& net) {
    net["layers"][1]["class_name"] = "MyDense";
    for (Json& layer : net["layers"]) {
      for (Json& call : layer["inbound_nodes"]) call["args"][0]["config"].erase("shape");
    }
  });
  const ModelPtr model = load_outline(file).model;
  const auto rows = summary_rows(*model);
  EXPECT_THAT(rows[1].not_read, HasSubstr("layer 'hidden' (MyDense): layers of this class are not read"));
  for (const size_t behind : {1U, 2U, 3U})
    EXPECT_EQ(rows[behind].output_shapes, std::vector{Shape{}}) << behind;
  EXPECT_EQ(rows[3].not_read, "") << "it is read, but not what it is given";
  EXPECT_EQ(summary_json(*model)["layers"][3]["output_shape"], nullptr);
  EXPECT_THAT(summary(*model),
              AllOf(HasSubstr("hidden (MyDense, not read)"), HasSubstr("Not read: layer 'hidden'")));
}

TEST(UnreadLayer, CountsWhatTheFileHoldsForIt) {
  const TestFolder folder;
  const Tensor x = input({3}, "x");
  const Tensor y =
      layers::dense(layers::dense(x, {.units = 3, .name = "first"}), {.units = 5, .name = "own"});
  const std::string archive = changed(make_model(x, y, "net"), folder.path("own.keras"), [](Json& net) {
    // The first of its class keeps its group's name.
    net["layers"][1]["config"]["activation"] = "swirl";
  });
  EXPECT_EQ(summary_rows(*load_outline(archive).model)[1].params, 12);

  Json h5 = read_keras2_models()["sequential"]["h5"];
  Json config = Json::parse(h5["attributes"]["model_config"].get<std::string>());
  Json& layers = config["config"]["layers"];
  const int64_t known = load_outline(archive).model->layers().size();
  EXPECT_EQ(known, 3);
  layers[1]["class_name"] = "MyConv";
  h5["attributes"]["model_config"] = dump_json(config);
  write_file(folder.path("own.h5"), h5_from_json(h5));
  const auto rows = summary_rows(*load_outline(folder.path("own.h5")).model);
  EXPECT_EQ(rows[1].class_name, "MyConv");
  EXPECT_EQ(rows[1].params, 3 * 3 * 1 * 2 + 2);
  EXPECT_EQ(rows.back().params, 8 * 3 + 3) << "of a layer that is given what an unread one makes";
}

TEST(UnreadLayer, MarksACallWithMoreThanTensors) {
  const TestFolder folder;
  const std::string file = changed(chain(), folder.path("call.keras"), [](Json& net) {
    net["layers"][2]["inbound_nodes"][0]["args"].push_back(2.5);
  });
  EXPECT_THAT([&] { load_model(file); },
              ThrowsMessage<UnsupportedError>(HasSubstr("layer 'odd' (ReLU): is called with 2.5")));
  const auto rows = summary_rows(*load_outline(file).model);
  EXPECT_THAT(rows[2].not_read, HasSubstr("is called with 2.5"));
  EXPECT_EQ(rows[3].output_shapes, std::vector{(Shape{kUnknown, 2})});
}

TEST(UnreadLayer, StandsInWithinStacksAndModels) {
  const TestFolder folder;
  const std::string file = changed(nested_model(), folder.path("nested.keras"), [](Json& outer) {
    outer["layers"][1]["config"]["layers"][3]["class_name"] = "Swish6";
  });
  const ModelPtr model = load_outline(file).model;
  EXPECT_THAT(summary(*model),
              HasSubstr("Not read: layer 're_lu' (Swish6): layers of this class are not read"));
  EXPECT_EQ(summary_rows(*model).back().output_shapes, std::vector{(Shape{kUnknown, 2})});
}

TEST(UnreadLayer, StandsForNoWholeModel) {
  const TestFolder folder;
  const std::string file = folder.path("own.keras");
  save_model(*test_models().front().model, file);
  replace_member(file, kConfig, bytes_of(R"({"class_name": "MyModel", "config": {"name": "mine"}})"));
  EXPECT_THAT(
      [&] { load_outline(file); },
      ThrowsMessage<InputError>(HasSubstr("layer 'mine' (MyModel): is no functional or Sequential model")));
}

}  // namespace
}  // namespace nudge::keras
