#include "nudge/keras/weight_file.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/h5_file.h"
#include "nudge/keras/save.h"
#include "nudge/keras/weights.h"
#include "nudge/layers/layers.h"

namespace nudge::keras {
namespace {

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

// As Keras 2 writes save_weights("x.h5"): layer names and weight names as attributes.
std::string legacy_file(const Model& model, const std::string& name, const std::string& prefix = "") {
  H5File file = H5File::create(name);
  H5Group root = file.root();
  std::vector<std::string> layers;
  for (const LayerPtr& layer : model.layers()) {
    const std::string stored = prefix + layer->name();
    layers.push_back(stored);
    H5Group group = root.make_group(stored);
    H5Group inner = group.make_group(stored);
    std::vector<std::string> weights;
    for (const Weight* weight : std::as_const(*layer).weights()) {
      weights.push_back(stored + "/" + weight->name + ":0");
      inner.write(weight->name + ":0", weight->value);
    }
    group.write_attribute("weight_names", weights);
  }
  root.write_attribute("layer_names", layers);
  const std::string path = testing::TempDir() + name;
  write_file(path, file.image());
  return path;
}

const Array& kernel_of(const ModelPtr& model, const std::string& layer) {
  return model->layer(layer).weight("kernel").value;
}

bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() &&
         std::equal(a.span<float>().begin(), a.span<float>().end(), b.span<float>().begin());
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

TEST(LoadWeights, ReadsTheLayoutOfKeras3ByItsPlaces) {
  const ModelPtr trained = with_head("top", 2, 1);
  H5File file = H5File::create("x");
  write_weights(*trained, file.root());
  const std::string path = testing::TempDir() + "x.weights.h5";
  write_file(path, file.image());
  const ModelPtr mine = with_head("renamed", 2, 2);
  load_weights(*mine, path);
  EXPECT_TRUE(same(kernel_of(mine, "renamed"), kernel_of(trained, "top")));
  EXPECT_THAT([&] { load_weights(*mine, path, {.match = MatchLayers::kName}); },
              ThrowsMessage<InputError>(HasSubstr("numbers its layers")));
}

TEST(LoadWeights, RefusesWhatDoesNotFit) {
  const ModelPtr trained = with_head("top", 2, 1);
  const std::string path = legacy_file(*trained, "refused.h5");
  const ModelPtr wider = with_head("top", 2, 2, 5);
  EXPECT_THAT([&] { load_weights(*wider, path); },
              ThrowsMessage<InputError>(testing::AllOf(HasSubstr("refused.h5"), HasSubstr("'conv'"))));
  const Tensor x = input({8, 8, 3});
  const ModelPtr fewer = make_model(x, layers::conv2d(x, {.filters = 3}));
  fewer->initialize(1);
  EXPECT_THAT([&] { load_weights(*fewer, path, {.match = MatchLayers::kOrder}); },
              ThrowsMessage<InputError>(HasSubstr("weights of 3 layers, the model has 1")));
}

}  // namespace
}  // namespace nudge::keras
