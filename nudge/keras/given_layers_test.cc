#include "nudge/keras/given_layers.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"
#include "nudge/keras/raw_h5_test.h"

namespace nudge::keras {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<std::string> names_of(const GivenLayers& given) {
  std::vector<std::string> names;
  for (const GivenLayer& layer : given.layers) names.push_back(layer.name);
  return names;
}

// A model "base" of a convolution, which is trained, and a normalisation, which is frozen but for its scale;
// and a layer "mha" whose weights are called after parts of it.
H5File listing() {
  H5File file = H5File::create("listed.h5");
  H5Group root = file.root();
  const auto put = [&](const std::string& layer,
                       const std::vector<std::pair<std::string, std::string>>& weights) {
    H5Group group = root.make_group(layer);
    std::vector<std::string> names;
    for (const auto& [owner, weight] : weights) {
      H5Group inner = group.has(owner) ? group.group(owner) : group.make_group(owner);
      inner.write(weight, Array({2}));
      names.push_back(owner + "/" + weight);
    }
    group.write_attribute("weight_names", names);
  };
  put("base", {{"bn", "gamma:0"}, {"conv", "kernel:0"}, {"bn", "moving_mean:0"}});
  put("mha", {{"query", "kernel:0"}, {"key", "kernel:0"}});
  root.write_attribute("layer_names", std::vector<std::string>{"base", "mha"});
  return file;
}

TEST(GivenLayers, OfANestedModelAreTakenApartByTheNamesOfTheirWeights) {
  const GivenLayers listed = read_listed_layers(listing().root());
  EXPECT_THAT(names_of(listed), ElementsAre("base", "mha"));
  EXPECT_TRUE(listed.in_order);
  const GivenLayers apart = take_apart(listed, {"mha"});
  EXPECT_THAT(names_of(apart), ElementsAre("bn", "conv", "mha"));
  EXPECT_FALSE(apart.in_order);
  EXPECT_EQ(apart.layers[0].values.size(), 2U);
  EXPECT_EQ(apart.layers[1].values.size(), 1U);
  EXPECT_EQ(apart.layers[2].values.size(), 2U);
}

// Each of two groups holds the group that holds both.
void add_ring_of_groups(hid_t file) {
  for (const char* name : {"/layers", "/layers/a", "/layers/b"}) {
    H5Gclose(H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  H5Lcreate_hard(file, "/layers", file, "/layers/a/layers", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard(file, "/layers", file, "/layers/b/layers", H5P_DEFAULT, H5P_DEFAULT);
}

TEST(GivenLayers, AreNoMoreThanAFileCanHold) {
  const auto image = raw_h5(add_ring_of_groups);
  const H5File ring = H5File::from_image(image, "ring.h5");
  EXPECT_THAT([&] { read_placed_layers(ring.root()); },
              ThrowsMessage<InputError>(HasSubstr("ring.h5: /layers")));
  // One array of 80 kB, ten thousand times.
  const H5File written = H5File::create("listed.h5");
  H5Group root = written.root();
  H5Group group = root.make_group("conv");
  group.write("w:0", Array({20'000}));
  group.write_attribute("weight_names", std::vector<std::string>(10'000, "w:0"));
  root.write_attribute("layer_names", std::vector<std::string>{"conv"});
  const H5File listed = H5File::from_image(written.image(), "listed.h5");
  EXPECT_THAT([&] { read_listed_layers(listed.root()); },
              ThrowsMessage<InputError>(HasSubstr("listed.h5: /conv/w:0: holds more data")));
}

}  // namespace
}  // namespace nudge::keras
