// Models as Keras 2 saves them, from testdata/keras2_models.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/keras2_config.h"
#include "nudge/keras/keras_files_test.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/save.h"
#include "nudge/keras/test_models.h"

namespace nudge::keras {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Keras2Models : public testing::Test {
 protected:
  Keras2Models() : models_(read_keras2_models()) {}

  std::string path(const std::string& name) const { return testing::TempDir() + "nudge_keras2_" + name; }

  std::string write_h5_model(const std::string& name, const Json& h5) const {
    write_file(path(name), h5_from_json(h5));
    return path(name);
  }

  Json models_;
};

// Of a layer's group in the file: every array below it.
size_t count_arrays(const Json& group) {
  size_t count = group["arrays"].size();
  for (const auto& [name, inner] : group["groups"].items()) count += count_arrays(inner);
  return count;
}

TEST_F(Keras2Models, AnH5FileAndAnArchiveHoldTheSameModel) {
  for (const auto& [name, model] : models_.items()) {
    SCOPED_TRACE(name);
    const LoadOptions options{.image_size = 6};
    const ModelPtr h5 = load_model(write_h5_model(name + ".h5", model["h5"]), options);
    write_keras2_archive(model, path(name + ".keras"));
    const ModelPtr archive = load_model(path(name + ".keras"), options);
    EXPECT_EQ(h5->weights().size(), count_arrays(model["h5"]["groups"]["model_weights"]));
    ASSERT_EQ(h5->weights().size(), archive->weights().size());
    for (size_t i = 0; i < h5->weights().size(); ++i) {
      EXPECT_TRUE(identical(h5->weights()[i]->value, archive->weights()[i]->value)) << i;
    }
    ASSERT_EQ(h5->inputs().size(), model["inputs"].size());
    ASSERT_EQ(h5->outputs().size(), model["outputs"].size());
  }
}

TEST_F(Keras2Models, WeightsStandWhereTheirNamesSay) {
  const Json& h5 = models_["shared"]["h5"];
  const ModelPtr model = load_model(write_h5_model("shared.h5", h5));
  const auto& heads = dynamic_cast<const Model&>(model->layer("heads"));
  const Json& stored = h5["groups"]["model_weights"]["groups"]["heads"]["groups"];
  for (const LayerPtr& layer : heads.layers()) {
    for (const Weight* weight : std::as_const(*layer).weights()) {
      const Json& array = stored.at(layer->name()).at("arrays").at(weight->name + ":0");
      EXPECT_TRUE(identical(weight->value, array_from_json(array))) << layer->name() << " " << weight->name;
    }
  }
}

TEST_F(Keras2Models, FrozenLayersStayFrozen) {
  const ModelPtr model = load_model(write_h5_model("nested.h5", models_["nested"]["h5"]));
  int64_t trainable = 0;
  for (const Weight* weight : model->weights()) trainable += weight->trainable ? weight->count() : 0;
  EXPECT_LT(count_parameters(*model).trainable, trainable);
}

TEST_F(Keras2Models, AModelOfAnySizeNeedsOne) {
  const std::string file = write_h5_model("free.h5", models_["free_size"]["h5"]);
  EXPECT_EQ(load_model(file, {.image_size = 6})->inputs().front().shape(), (Shape{kUnknown, 6, 6, 1}));
  EXPECT_THAT([&] { load_model(file); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("layer 'image' (InputLayer)"),
                                              HasSubstr("images of any size"), HasSubstr("--image-size"))));
}

TEST_F(Keras2Models, NamesWhatDoesNotFit) {
  struct Case {
    std::string pointer;
    Json value;
    std::string message;
  };
  const std::string weights = "/groups/model_weights";
  const std::vector<Case> cases = {
      {weights + "/attributes/layer_names", {"conv2d"}, "has no weights for layer 'dense'"},
      {weights + "/attributes/layer_names", {"conv2d", "conv2d", "dense"}, "two layers are named 'conv2d'"},
      {weights + "/attributes/layer_names", {"conv2d", "nobody"}, "/model_weights/nobody: is missing"},
      {weights + "/attributes", Json::object(), "lists no layers"},
      {weights + "/groups/dense/attributes", Json::object(), "lists no weights"},
      {weights + "/groups/dense/attributes/weight_names",
       {"dense/kernel:0"},
       "needs 2 weights, the file has 1"},
      {weights + "/groups/dense/attributes/weight_names",
       {"dense/kernel:0", "dense/nothing:0"},
       "/dense/dense/nothing:0: is missing"},
      {weights + "/groups/dense/attributes/weight_names",
       {"dense/bias:0", "dense/kernel:0"},
       "weight 'kernel' of layer 'dense' must have shape (8, 3), the file has (3,)"},
      {"/attributes/model_config", "{", "model_config: not valid JSON"},
      {"/attributes", Json::object(), "holds weights but no model"},
      {"/groups", Json::object(), "/model_weights: is missing"},
  };
  for (const Case& wrong : cases) {
    Json h5 = models_["sequential"]["h5"];
    h5[Json::json_pointer(wrong.pointer)] = wrong.value;
    const std::string file = write_h5_model("wrong.h5", h5);
    EXPECT_THAT([&] { load_model(file); },
                ThrowsMessage<InputError>(AllOf(HasSubstr(file), HasSubstr(wrong.message))));
  }
}

// As tf.keras 2.12 to 2.14 kept functional models: under another name, and in the older of them with a number
// left out behind each layer that has weights.
Json in_checkpoint_layout(const Json& group, bool leaves_numbers_out) {
  Json changed = group;
  changed["groups"] = Json::object();
  for (const auto& [name, inner] : group["groups"].items()) {
    Json moved = in_checkpoint_layout(inner, leaves_numbers_out);
    if (name != "layers") {
      changed["groups"][name] = std::move(moved);
      continue;
    }
    Json& layers = changed["groups"]["_layer_checkpoint_dependencies"] = moved;
    layers["groups"] = Json::object();
    for (const auto& [layer, content] : moved["groups"].items()) {
      const size_t end = layer.find_last_not_of("0123456789");
      const bool numbered = layer[end] == '_' && leaves_numbers_out;
      layers["groups"][numbered
                           ? layer.substr(0, end + 1) + std::to_string(2 * std::stoi(layer.substr(end + 1)))
                           : layer] = content;
    }
  }
  return changed;
}

TEST_F(Keras2Models, TheirCheckpointsLayoutIsRead) {
  for (const char* name : {"functional", "nested", "shared"}) {
    for (const bool leaves_numbers_out : {false, true}) {
      SCOPED_TRACE(std::string(name) + (leaves_numbers_out ? ", numbers left out" : ""));
      Json model = models_[name];
      write_keras2_archive(model, path("known.keras"));
      model["keras"]["weights"] = in_checkpoint_layout(model["keras"]["weights"], leaves_numbers_out);
      write_keras2_archive(model, path("checkpoint.keras"));
      const ModelPtr expected = load_model(path("known.keras")), read = load_model(path("checkpoint.keras"));
      ASSERT_EQ(read->weights().size(), expected->weights().size());
      for (size_t i = 0; i < read->weights().size(); ++i) {
        EXPECT_TRUE(identical(read->weights()[i]->value, expected->weights()[i]->value)) << i;
      }
    }
  }
}

TEST(Keras2Config, LeavesWhatIsInKeras3sForm) {
  const Json config = model_to_json(*nested_model());
  EXPECT_EQ(to_keras3_form(config), config);
  for (const Json& other : {Json(3), Json::array({1}), Json{{"config", 3}}, Json{{"class_name", 1}}}) {
    EXPECT_EQ(to_keras3_form(other), other);
  }
}

TEST(Keras2Config, TakesEarlyForms) {
  // Keras before 2.2.3 wrote a Sequential's layers without a name.
  const Json dense = {{"class_name", "Dense"},
                      {"config", {{"name", "d"}, {"units", 2}, {"batch_input_shape", {nullptr, 3}}}}};
  const ModelPtr stack =
      model_from_json({{"class_name", "Sequential"}, {"config", Json::array({dense})}}, "old.h5");
  EXPECT_EQ(stack->layers().front()->name(), "d_input");
  EXPECT_EQ(stack->outputs().front().shape(), (Shape{kUnknown, 2}));

  const Json input = {{"class_name", "InputLayer"},
                      {"name", "x"},
                      {"config", {{"name", "x"}, {"batch_input_shape", {nullptr, 3}}}},
                      {"inbound_nodes", Json::array()}};
  Json called = dense;
  called["name"] = "d";
  called["inbound_nodes"] = Json::parse(R"([[["x", 0, 0]]])");
  const Json model = {{"class_name", "Model"},
                      {"config",
                       {{"layers", {input, called}},
                        {"input_layers", Json::parse(R"([["x", 0, 0]])")},
                        {"output_layers", Json::parse(R"([["d", 0, 0]])")}}}};
  EXPECT_EQ(model_from_json(model, "old.h5")->outputs().front().shape(), (Shape{kUnknown, 2}));
}

}  // namespace
}  // namespace nudge::keras
