#include "nudge/keras/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/graph/registry.h"
#include "nudge/graph/summary.h"
#include "nudge/keras/test_models.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/register.h"

namespace nudge::keras {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

class ModelConfig : public testing::Test {
 protected:
  void SetUp() override {
    layers::register_layers();
    reset_layer_names();
  }
};

// `json` with the value at `pointer` replaced.
Json with(Json json, const std::string& pointer, const Json& value) {
  json[Json::json_pointer(pointer)] = value;
  return json;
}

TEST_F(ModelConfig, RoundTripsEveryStructure) {
  for (const TestModel& test : test_models()) {
    SCOPED_TRACE(test.name);
    const Json json = model_to_json(*test.model);
    const ModelPtr read = model_from_json(json, "model.keras");
    EXPECT_EQ(model_to_json(*read), json);
    EXPECT_EQ(summary(*read), summary(*test.model));
  }
}

TEST_F(ModelConfig, IsWhatKerasWrites) {
  reset_layer_names();
  const Tensor x = input({4}, "x");
  const Json json = model_to_json(*make_model(x, layers::dense(x, {.units = 2, .name = "d"}), "m"));
  EXPECT_EQ(json["module"], "keras.src.models.functional");
  EXPECT_EQ(json["class_name"], "Functional");
  EXPECT_EQ(json["registered_name"], "Functional");
  EXPECT_EQ(json["config"]["input_layers"], Json::parse(R"(["x", 0, 0])"));
  EXPECT_EQ(json["config"]["output_layers"], Json::parse(R"(["d", 0, 0])"));
  const Json& dense = json["config"]["layers"][1];
  EXPECT_EQ(dense["registered_name"], nullptr);
  EXPECT_EQ(dense["build_config"], Json::parse(R"({"input_shape": [null, 4]})"));
  EXPECT_EQ(dense["inbound_nodes"], Json::parse(R"([{"args": [{"class_name": "__keras_tensor__", "config":
      {"shape": [null, 4], "dtype": "float32", "keras_history": ["x", 0, 0]}}], "kwargs": {}}])"));
}

TEST_F(ModelConfig, KeepsSharingAndFreezing) {
  const ModelPtr two = layer_in_two_models();
  two->layer("inner").set_trainable(false);
  const ModelPtr read = model_from_json(model_to_json(*two), "model.keras");
  EXPECT_EQ(&dynamic_cast<Model&>(read->layer("inner")).layer("both"), &read->layer("both"));
  EXPECT_FALSE(read->layer("inner").trainable());
  EXPECT_TRUE(read->trainable());

  const ModelPtr twins = model_from_json(model_to_json(*shared_model()), "model.keras");
  int calls = 0;
  for (const auto& node : twins->nodes()) calls += node->layer->name() == "shared" ? 1 : 0;
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(twins->inputs().size(), 2U);
  EXPECT_EQ(twins->outputs().size(), 2U);
}

class Scale : public ClonableLayer<Scale> {
 public:
  explicit Scale(const std::string& name) : ClonableLayer(name, "Scale") {}
  std::string class_name() const override { return "Scale"; }
  std::string module() const override { return "nudge"; }
  Json config() const override { return base_config(); }
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override { return inputs; }
};

TEST_F(ModelConfig, TakesCustomLayersFromTheRegistry) {
  const Tensor x = input({4});
  const Json json = model_to_json(*make_model(x, std::make_shared<Scale>("s")->call(x)));
  EXPECT_EQ(json["config"]["layers"][1]["registered_name"], "nudge>Scale");
  EXPECT_THAT([&] { model_from_json(json, "model.keras"); },
              ThrowsMessage<UnsupportedError>(
                  HasSubstr("model.keras: layer 's' (Scale): layers of this class are not read")));
  register_layer("Scale", [](const Json& config) { return std::make_shared<Scale>(config.at("name")); });
  EXPECT_EQ(model_from_json(json, "model.keras")->layers()[1]->class_name(), "Scale");
}

TEST_F(ModelConfig, ReadsASequentialWithoutInputLayer) {
  Json json = model_to_json(*sequential_model());
  json["config"]["layers"].erase(0);
  EXPECT_EQ(model_from_json(json, "model.keras")->inputs().front().shape(), (Shape{kUnknown, 8, 8, 3}));
  json["config"].erase("build_input_shape");
  EXPECT_THAT([&] { model_from_json(json, "model.keras"); },
              ThrowsMessage<InputError>(HasSubstr("'stack' has no input shape")));
}

TEST_F(ModelConfig, NamesWhatIsWrong) {
  const Json good = model_to_json(*functional_model());
  const std::string call = "/config/layers/1/inbound_nodes/0/args/0";
  const std::string history = call + "/config/keras_history";
  struct Case {
    Json json;
    std::string message;
  };
  const std::vector<Case> input_errors = {
      {Json::array(), "must be a JSON object, given []"},
      {with(good, "/class_name", "Dense"), "Dense"},
      {with(good, "/class_name", 3), "'class_name' in the configuration must be a string, given 3"},
      {with(good, "/config/layers", 3), "'layers' in the configuration must be a list, given 3"},
      {with(good, "/config/layers/1/name", "image"), "two layers are named 'image'"},
      {with(good, history, Json::array({"nobody", 0, 0})), "layer 'nobody' is used but not defined"},
      {with(good, history, Json::array({"image", 7, 0})), "part of a loop"},
      {with(good, history, Json::array({"image", 0, 9})), "has no output 9"},
      {with(good, history, Json::array({"image", -1, 0})), "[layer, call, output]"},
      {with(good, history, Json::array({"dense", 0, 0})), "part of a loop"},
      {with(good, "/config/layers/1/inbound_nodes/0/args", Json::array()), "called without tensors"},
      {with(good, "/config/layers/1/inbound_nodes/0", Json::array()), "called without tensors"},
      {with(good, "/config/output_layers", Json::array({"dense", 4, 0})), "fewer calls"},
      {with(good, "/config/output_layers", "dense"), "[layer, call, output]"},
      {with(good, "/config/output_layers", Json::array()), "no outputs"},
      {with(good, "/config/output_layers", Json::array({"conv2d", 0, 0})), "do not depend on"},
      {with(good, "/config/input_layers", Json::array({"conv2d", 0, 0})), "output of a layer"},
      {with(good, "/config/layers/1/config/filters", "many"), "filters"},
      {with(good, "/config/layers/0/config/batch_shape", Json::array({nullptr, 8})), "conv2d"},
  };
  for (const Case& wrong : input_errors) {
    EXPECT_THAT([&] { model_from_json(wrong.json, "f.keras"); },
                ThrowsMessage<InputError>(testing::AllOf(HasSubstr("f.keras: "), HasSubstr(wrong.message))));
  }
  const std::vector<Case> unsupported = {
      {with(good, "/config/layers/1/class_name", "Conv2E"), "layer 'conv2d' (Conv2E): layers of this class"},
      {with(good, "/config/layers/1/class_name", "Lambda"), "Python code, which is never run"},
      {with(with(good, "/config/layers/5/module", "keras.src.ops.numpy"), "/config/layers/5/class_name",
            "Eig"),
       "(Eig): this operation of keras.ops is not read"},
      {with(good, call, 127.5), "is called with 127.5"},
      {with(good, "/config/layers/1/inbound_nodes/0/kwargs/scale", 2), "argument 'scale'"},
  };
  for (const Case& wrong : unsupported) {
    EXPECT_THAT(
        [&] { model_from_json(wrong.json, "f.keras"); },
        ThrowsMessage<UnsupportedError>(testing::AllOf(HasSubstr("f.keras: "), HasSubstr(wrong.message))));
  }
}

TEST_F(ModelConfig, RefusesEndlessNesting) {
  Json json = model_to_json(*sequential_model());
  for (int i = 0; i < 100; ++i) {
    Json outer = with(json, "/config/layers", Json::array({json}));
    json = std::move(outer);
  }
  EXPECT_THAT([&] { model_from_json(json, "f.keras"); },
              ThrowsMessage<InputError>(HasSubstr("nested too deeply")));
}

// Every value of a valid configuration taken away or made another type: never anything but a typed error in
// our own words, and of a layer's own options one that names it.
void take_every_piece(const ModelPtr& model) {
  const Json json = model_to_json(*model), flat = json.flatten();
  int refused = 0;
  for (const auto& [pointer, value] : flat.items()) {
    std::string name;
    if (const size_t end = pointer.find("/config", 8); pointer.starts_with("/config/layers/") && end < 20) {
      name = json[Json::json_pointer(pointer.substr(0, end))]["config"]["name"].get<std::string>();
    }
    // Another layer is the one that cannot take what this makes then.
    if (pointer.ends_with("/name") || pointer.ends_with("/padding")) name.clear();
    for (const Json& other : {Json(nullptr), Json(-7), Json("x"), Json(0.5), Json(true)}) {
      Json changed = json;
      changed[Json::json_pointer(pointer)] = other;
      try {
        model_from_json(changed, "f.keras");
      } catch (const Error& error) {
        ++refused;
        EXPECT_THAT(error.what(),
                    testing::AllOf(HasSubstr("f.keras: "), HasSubstr(name), Not(HasSubstr("json.exc")),
                                   Not(HasSubstr("its configuration is not valid"))))
            << pointer << " = " << other;
      }
    }
  }
  EXPECT_GT(refused, 100);
}

TEST_F(ModelConfig, TakesEveryRemovedPieceAsAnError) { take_every_piece(functional_model()); }

TEST_F(ModelConfig, TakesEveryRemovedPieceOfAQuantizedModelAsAnError) {
  quantize::register_quantize_layers();
  const Tensor x = input({4, 4, 1}, "x");
  take_every_piece(quantize::quantize_model(
      *make_model(x, layers::relu(layers::conv2d(x, {.filters = 2, .kernel_size = 2}), {}), "net")));
}

}  // namespace
}  // namespace nudge::keras
