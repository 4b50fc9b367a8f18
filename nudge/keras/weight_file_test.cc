#include "nudge/keras/weight_file.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/graph/flatten.h"
#include "nudge/keras/h5_file.h"
#include "nudge/keras/keras_files_test.h"
#include "nudge/keras/legacy_file_test.h"
#include "nudge/keras/save.h"
#include "nudge/keras/stored_weight.h"
#include "nudge/keras/weights.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"

namespace nudge::keras {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

// A backbone "conv", "bn" with a head of this name and size.
ModelPtr with_head(const std::string& head, int64_t units, uint64_t seed, int64_t filters = 3) {
  const Tensor x = input({8, 8, 3});
  Tensor y =
      layers::batch_normalization(layers::conv2d(x, {.filters = filters, .name = "conv"}), {.name = "bn"});
  y = layers::dense(layers::global_average_pooling2d(y), {.units = units, .name = head});
  const ModelPtr model = make_model(x, y);
  model->initialize(seed);
  return model;
}

std::string legacy_file(const Model& model, const std::string& name, const std::string& prefix = "") {
  const std::string path = testing::TempDir() + name;
  write_file(path, legacy_image(model, prefix));
  return path;
}

const Array& kernel_of(const ModelPtr& model, const std::string& layer) {
  return model->layer(layer).weight("kernel").value;
}

bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() &&
         std::equal(a.span<float>().begin(), a.span<float>().end(), b.span<float>().begin());
}

TEST(StoredWeight, TakesALoneIntegerForANumber) {
  EXPECT_EQ(to_float32(Array::scalar<int32_t>(7), "count").data<float>()[0], 7.0f);
  EXPECT_EQ(to_float32(Array::scalar<int64_t>(0), "count").data<float>()[0], 0.0f);
  EXPECT_THROW(to_float32(Array({2}, DataType::kInt64), "kernel"), InputError);
}

TEST(LoadWeights, TakesABackboneByNameAndSaysWhatItLeft) {
  const ModelPtr trained = with_head("top", 7, 1);
  const ModelPtr mine = with_head("mine", 2, 2);
  const Array head = kernel_of(mine, "mine").clone();
  const LoadedWeights loaded = load_weights(*mine, legacy_file(*trained, "notop.h5"));
  EXPECT_THAT(loaded.missing, ElementsAre("mine"));
  EXPECT_THAT(loaded.unused, ElementsAre("top"));
  EXPECT_TRUE(same(kernel_of(mine, "conv"), kernel_of(trained, "conv")));
  EXPECT_TRUE(same(kernel_of(mine, "mine"), head));
}

TEST(LoadWeights, GoesByOrderWhereNoNameIsTheSame) {
  const ModelPtr trained = with_head("top", 2, 1);
  const ModelPtr mine = with_head("top", 2, 2);
  const LoadedWeights loaded = load_weights(*mine, legacy_file(*trained, "renamed.h5", "other_"));
  EXPECT_THAT(loaded.missing, IsEmpty());
  EXPECT_TRUE(same(kernel_of(mine, "top"), kernel_of(trained, "top")));
  EXPECT_THAT(
      [&] {
        load_weights(*mine, legacy_file(*trained, "renamed.h5", "other_"), {.match = MatchLayers::kName});
      },
      ThrowsMessage<InputError>(HasSubstr("none of its 3 layers has the name of a layer of the model")));
}

TEST(LoadWeights, TakesTheWeightsOfAWholeModel) {
  const ModelPtr trained = with_head("top", 2, 1);
  const std::string path = testing::TempDir() + "whole.keras";
  save_model(*trained, path);
  const ModelPtr mine = with_head("top", 2, 2);
  EXPECT_THAT(load_weights(*mine, path).missing, IsEmpty());
  EXPECT_TRUE(same(kernel_of(mine, "top"), kernel_of(trained, "top")));
}

TEST(LoadWeights, FillsALayerInsideANestedModel) {
  const ModelPtr trained = with_head("top", 2, 1);
  const Tensor x = input({8, 8, 3});
  const ModelPtr mine = make_model(x, with_head("top", 2, 2)->call(x));
  EXPECT_THAT(load_weights(*mine, legacy_file(*trained, "flat.h5")).missing, IsEmpty());
  const auto& nested = dynamic_cast<const Model&>(*mine->layers()[1]);
  EXPECT_TRUE(same(nested.layer("top").weight("kernel").value, kernel_of(trained, "top")));
}

// By Keras's places whatever the names, else by the names that the file notes.
TEST(LoadWeights, ReadsTheLayoutOfKeras3) {
  const ModelPtr trained = with_head("top", 2, 1);
  H5File file = H5File::create("x");
  write_weights(*trained, file.root());
  const std::string path = testing::TempDir() + "x.weights.h5";
  write_file(path, file.image());
  const ModelPtr renamed = with_head("renamed", 2, 2);
  EXPECT_THAT(load_weights(*renamed, path).missing, IsEmpty());
  EXPECT_TRUE(same(kernel_of(renamed, "renamed"), kernel_of(trained, "top")));
  const ModelPtr other_head = with_head("mine", 3, 2);
  const LoadedWeights loaded = load_weights(*other_head, path);
  EXPECT_THAT(loaded.missing, ElementsAre("mine"));
  EXPECT_THAT(loaded.unused, ElementsAre("top"));
  EXPECT_TRUE(same(kernel_of(other_head, "conv"), kernel_of(trained, "conv")));
  EXPECT_THAT([&] { load_weights(*other_head, path, {.match = MatchLayers::kOrder}); },
              ThrowsMessage<InputError>(HasSubstr("must have shape (3, 3)")));
  const ModelPtr wider = with_head("top", 2, 2, 5);
  EXPECT_THAT([&] { load_weights(*wider, path); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(path), HasSubstr("layer 'conv' must have shape"),
                                              HasSubstr("by name layer 'bn' has a gamma of shape"))));
}

// Keras noted no names at first.
TEST(LoadWeights, LeavesAModelAsItWasWhereAPlaceDoesNotFit) {
  const ModelPtr trained = with_head("top", 2, 1);
  const ModelPtr mine = with_head("top", 2, 2);
  const Array before = kernel_of(mine, "conv").clone();
  const auto write = [&](const Shape& head) {
    H5File file = H5File::create("x");
    H5Group layers = file.root().make_group("layers");
    const auto put = [&](const char* place, const std::vector<Array>& values) {
      H5Group vars = layers.make_group(place).make_group("vars");
      for (size_t i = 0; i < values.size(); ++i) vars.write(std::to_string(i), values[i]);
    };
    put("conv2d", {kernel_of(trained, "conv"), Array({3})});
    put("batch_normalization", {Array({3}), Array({3}), Array({3}), Array({3})});
    put("dense", {Array(head), Array({2})});
    const std::string path = testing::TempDir() + "old.weights.h5";
    write_file(path, file.image());
    return path;
  };
  EXPECT_THAT(
      [&] {
        load_weights(*mine, write({4, 2}));
      },
      ThrowsMessage<InputError>(HasSubstr("layer 'top' must have shape (3, 2), the file has (4, 2)")));
  EXPECT_TRUE(same(kernel_of(mine, "conv"), before));
  EXPECT_THAT(
      [&] {
        load_weights(*mine, write({3, 2}), {.match = MatchLayers::kName});
      },
      ThrowsMessage<InputError>(HasSubstr("numbers its layers")));
  load_weights(*mine, write({3, 2}));
  EXPECT_TRUE(same(kernel_of(mine, "conv"), kernel_of(trained, "conv")));
}

// Two convolutions of one shape, called one after the other.
ModelPtr two_convolutions(const std::string& first, const std::string& second, uint64_t seed) {
  const Tensor x = input({8, 8, 3});
  const Tensor y = layers::conv2d(x, {.filters = 3, .name = first});
  const ModelPtr model = make_model(x, layers::conv2d(y, {.filters = 3, .name = second}));
  model->initialize(seed);
  return model;
}

TEST(LoadWeights, AutomaticNamesSayNothingAgainstTheOrder) {
  // As two sessions of Keras number the same model.
  const ModelPtr trained = two_convolutions("conv2d_1", "conv2d", 1);
  const ModelPtr mine = two_convolutions("conv2d", "conv2d_1", 2);
  load_weights(*mine, legacy_file(*trained, "sessions.h5"));
  EXPECT_TRUE(same(kernel_of(mine, "conv2d"), kernel_of(trained, "conv2d_1")));
  const ModelPtr later = two_convolutions("conv2d_1", "conv2d_2", 2);
  load_weights(*later, legacy_file(*mine, "sessions.h5"));
  EXPECT_TRUE(same(kernel_of(later, "conv2d_1"), kernel_of(mine, "conv2d")));
  // Names that somebody gave do.
  const ModelPtr named = two_convolutions("right", "left", 1);
  const ModelPtr turned = two_convolutions("left", "right", 2);
  load_weights(*turned, legacy_file(*named, "named.h5"));
  EXPECT_TRUE(same(kernel_of(turned, "left"), kernel_of(named, "left")));
}

TEST(LoadWeights, SomeEqualNamesAreNotEnough) {
  // "conv2d_1" is the second of one model and the first of the other, which has three.
  const ModelPtr two = two_convolutions("conv2d", "conv2d_1", 1);
  const Tensor x = input({8, 8, 3});
  Tensor y = x;
  for (const char* name : {"conv2d_1", "conv2d_2", "conv2d_3"})
    y = layers::conv2d(y, {.filters = 3, .name = name});
  const ModelPtr three = make_model(x, y);
  three->initialize(2);
  const Array before = kernel_of(three, "conv2d_1").clone();
  EXPECT_THAT(
      [&] { load_weights(*three, legacy_file(*two, "two.h5")); },
      ThrowsMessage<InputError>(HasSubstr(
          "goes with the model neither by name (the model has no layer 'conv2d') nor by order (it has "
          "weights of 2 layers, the model has 3)")));
  EXPECT_TRUE(same(kernel_of(three, "conv2d_1"), before));
}

TEST(LoadWeights, AHeadOfOtherClassesMayStayAsItIs) {
  const ModelPtr trained = with_head("top", 7, 1);
  const ModelPtr mine = with_head("top", 2, 2);
  const std::string path = legacy_file(*trained, "head.h5");
  const std::string renamed = legacy_file(*trained, "head_renamed.h5", "other_");
  const Array before = kernel_of(mine, "conv").clone();
  EXPECT_THAT([&] { load_weights(*mine, path); },
              ThrowsMessage<InputError>(
                  HasSubstr("layer 'top' has a kernel of shape (3, 2), the file's 'top' one of (3, 7)")));
  EXPECT_TRUE(same(kernel_of(mine, "conv"), before)) << "nothing is filled where something does not fit";
  const LoadWeightsOptions lenient{.head = HeadWeights::kMayDiffer};
  for (const std::string& file : {path, renamed}) {
    const ModelPtr model = with_head("top", 2, 2);
    EXPECT_THAT(load_weights(*model, file, lenient).missing, ElementsAre("top"));
    EXPECT_TRUE(same(kernel_of(model, "conv"), kernel_of(trained, "conv")));
  }
  // Only the head: a backbone of another width is another model.
  const ModelPtr wider = with_head("top", 7, 2, 5);
  for (const std::string& file : {path, renamed}) {
    EXPECT_THAT([&] { load_weights(*wider, file, lenient); },
                ThrowsMessage<InputError>(HasSubstr("layer 'conv' has a kernel of shape (1, 1, 3, 5)")));
  }
}

TEST(LoadWeights, AFileWithoutAHeadGoesByOrderToo) {
  const ModelPtr trained = with_head("top", 7, 1);
  const Tensor x = input({8, 8, 3});
  const ModelPtr backbone = make_model(
      x, layers::batch_normalization(layers::conv2d(x, {.filters = 3, .name = "conv"}), {.name = "bn"}));
  backbone->initialize(1);
  const std::string path = legacy_file(*backbone, "notop.h5", "other_");
  const ModelPtr mine = with_head("mine", 2, 2);
  EXPECT_THAT([&] { load_weights(*mine, path); },
              ThrowsMessage<InputError>(HasSubstr("weights of 2 layers, the model has 3")));
  const LoadedWeights loaded = load_weights(*mine, path, {.head = HeadWeights::kMayDiffer});
  EXPECT_THAT(loaded.missing, ElementsAre("mine"));
  EXPECT_TRUE(same(kernel_of(mine, "conv"), kernel_of(trained, "conv")));
}

TEST(SaveWeights, TheyComeBack) {
  const TestFolder folder;
  const ModelPtr saved = with_head("top", 7, 1), loaded = with_head("top", 7, 2);
  save_weights(*saved, folder.path("a.weights.h5"));
  const LoadedWeights which = load_weights(*loaded, folder.path("a.weights.h5"));
  EXPECT_THAT(which.missing, IsEmpty());
  EXPECT_THAT(which.unused, IsEmpty());
  for (size_t i = 0; i < saved->weights().size(); ++i) {
    EXPECT_TRUE(identical(loaded->weights()[i]->value, saved->weights()[i]->value)) << i;
  }
}

TEST(SaveWeights, SaysWhatItCannotWrite) {
  const TestFolder folder;
  const ModelPtr model = with_head("top", 7, 1);
  EXPECT_THAT([&] { save_weights(*model, folder.path("a.h5")); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("a.h5"), HasSubstr("end in .weights.h5"))));
  EXPECT_THAT([&] { save_weights(*quantize::quantize_model(*model), folder.path("q.weights.h5")); },
              ThrowsMessage<ValueError>(HasSubstr("float models only")));
  EXPECT_THROW(save_weights(*model, folder.path("nowhere/a.weights.h5")), OutputError);
  model->layer("top").weight("kernel").value = Array();
  EXPECT_THAT([&] { save_weights(*model, folder.path("a.weights.h5")); },
              ThrowsMessage<ValueError>(HasSubstr("weight 'kernel' of layer 'top' has no value")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// What tf_keras saves: the weights of models within models in one list, trained ones first.
TEST(LoadWeights, ReadsWhatKeras2Saves) {
  const Json models = read_keras2_models();
  for (const auto& [name, stored] : models.items()) {
    if (name == "free_size") continue;
    SCOPED_TRACE(name);
    const std::string whole = testing::TempDir() + name + ".h5";
    write_file(whole, h5_from_json(stored["h5"]));
    const std::string alone = testing::TempDir() + name + "_weights.h5";
    write_file(alone, h5_from_json(stored["h5"]["groups"]["model_weights"]));
    const std::string keras = testing::TempDir() + name + ".weights.h5";
    write_file(keras, h5_from_json(stored["keras"]["weights"]));
    const ModelPtr expected = load_model(whole);
    for (const std::string& path : {whole, alone, keras}) {
      SCOPED_TRACE(path);
      const ModelPtr mine = load_model(whole);
      for (Weight* weight : mine->weights()) weight->value = Array();
      const LoadedWeights loaded = load_weights(*mine, path);
      EXPECT_THAT(loaded.missing, IsEmpty());
      EXPECT_THAT(loaded.unused, IsEmpty());
      for (size_t i = 0; i < mine->weights().size(); ++i) {
        ASSERT_TRUE(identical(mine->weights()[i]->value, expected->weights()[i]->value)) << i;
      }
    }
  }
}

// Keras 2 keeps a model within a model as one list, in which frozen layers come last.
TEST(LoadWeights, FillsAFlatModelFromANestedOnesFile) {
  const Json models = read_keras2_models();
  const Json& stored = models.at("nested").at("h5");
  const std::string whole = testing::TempDir() + "nested.h5";
  write_file(whole, h5_from_json(stored));
  const std::string alone = testing::TempDir() + "nested_weights.h5";
  write_file(alone, h5_from_json(stored["groups"]["model_weights"]));
  const ModelPtr expected = flatten_model(*load_model(whole));
  const ModelPtr mine = flatten_model(*load_model(whole));
  for (Weight* weight : mine->weights()) weight->value = Array();
  EXPECT_THAT(load_weights(*mine, alone).missing, IsEmpty());
  for (size_t i = 0; i < mine->weights().size(); ++i) {
    EXPECT_TRUE(identical(mine->weights()[i]->value, expected->weights()[i]->value)) << i;
  }
}

TEST(LoadWeights, RefusesWeightsThatAreNoNumbers) {
  const ModelPtr mine = with_head("top", 2, 2);
  const Array before = kernel_of(mine, "conv").clone();
  const H5File file = H5File::create("x");
  H5Group root = file.root();
  std::vector<std::string> names;
  for (const LayerPtr& layer : mine->layers()) {
    names.push_back(layer->name());
    H5Group group = root.make_group(layer->name());
    std::vector<std::string> weights;
    for (const Weight* weight : std::as_const(*layer).weights()) {
      weights.push_back(weight->name);
      group.write(weight->name,
                  Array(weight->shape, layer->name() == "top" ? DataType::kInt32 : DataType::kFloat32));
    }
    group.write_attribute("weight_names", weights);
  }
  root.write_attribute("layer_names", names);
  const std::string path = testing::TempDir() + "integers.h5";
  write_file(path, file.image());
  EXPECT_THAT([&] { load_weights(*mine, path); },
              ThrowsMessage<InputError>(HasSubstr("layer 'top' must be floating point, the file has int32")));
  EXPECT_TRUE(same(kernel_of(mine, "conv"), before));
}

TEST(LoadWeights, RefusesWhatHoldsNone) {
  const ModelPtr mine = with_head("top", 2, 2);
  const std::string path = testing::TempDir() + "none.h5";
  write_file(path, H5File::create("x").image());
  EXPECT_THAT([&] { load_weights(*mine, path); },
              ThrowsMessage<InputError>(HasSubstr("holds no Keras weights")));
  const H5File file = H5File::create("x");
  file.root().write_attribute("layer_names", std::vector<std::string>{});
  write_file(path, file.image());
  EXPECT_THAT([&] { load_weights(*mine, path); }, ThrowsMessage<InputError>(HasSubstr("holds no weights")));
  const Tensor x = input({4});
  const ModelPtr without = make_model(x, layers::relu(x));
  EXPECT_THAT([&] { load_weights(*without, legacy_file(*mine, "some.h5")); },
              ThrowsMessage<InputError>(HasSubstr("for a model with weights")));
}

TEST(LoadWeights, RefusesWhatDoesNotFit) {
  const ModelPtr trained = with_head("top", 2, 1);
  const std::string path = legacy_file(*trained, "refused.h5");
  const ModelPtr wider = with_head("top", 2, 2, 5);
  EXPECT_THAT([&] { load_weights(*wider, path); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("refused.h5"), HasSubstr("'conv'"))));
  const Tensor x = input({8, 8, 3});
  const ModelPtr fewer = make_model(x, layers::conv2d(x, {.filters = 3}));
  fewer->initialize(1);
  EXPECT_THAT([&] { load_weights(*fewer, path, {.match = MatchLayers::kOrder}); },
              ThrowsMessage<InputError>(HasSubstr("weights of 3 layers, the model has 1")));
}

}  // namespace
}  // namespace nudge::keras
