#include "nudge/layers/spectral_normalization.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/layers/conv2d.h"
#include "nudge/layers/dense.h"
#include "nudge/layers/relu.h"

namespace nudge::layers {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

LayerPtr dense() { return std::make_shared<Dense>(DenseOptions{.units = 4}); }

SpectralNormalization built(LayerPtr layer, const Shape& input, int64_t iterations = 1) {
  SpectralNormalization made({.layer = std::move(layer), .power_iterations = iterations, .name = "spectral"});
  made.build({input});
  made.initialize(1);
  return made;
}

void set(Weight& weight, const Json& values) {
  weight.value = Array::of(weight.shape, values.get<std::vector<float>>());
}

TEST(SpectralNormalization, MovesTheKernelAsKerasDoes) {
  const std::string path = NUDGE_SOURCE_DIR "/nudge/layers/testdata/spectral_normalization.json";
  const Json cases = parse_json(read_text_file(path), path);
  ASSERT_EQ(cases.size(), 3);
  for (const Json& fixture : cases) {
    SCOPED_TRACE(fixture["layer"].get<std::string>() + " " + fixture["power_iterations"].dump());
    const bool is_dense = fixture["layer"] == "dense";
    const LayerPtr inner =
        is_dense ? dense()
                 : std::make_shared<Conv2D>(Conv2DOptions{.filters = 4, .kernel_size = Size2{2, 3}});
    SpectralNormalization layer =
        built(inner, is_dense ? Shape{kUnknown, 5} : Shape{kUnknown, 6, 6, 3}, fixture["power_iterations"]);
    const Json& steps = fixture["steps"];
    for (const char* name : {"kernel", "vector_u"}) set(layer.weight(name), steps[0][name]);
    for (size_t step = 1; step < steps.size(); ++step) {
      layer.begin_training_step();
      for (const char* name : {"kernel", "vector_u"}) {
        const auto values = layer.weight(name).value.span<float>();
        ASSERT_EQ(values.size(), steps[step][name].size());
        for (size_t i = 0; i < values.size(); ++i)
          EXPECT_NEAR(values[i], steps[step][name][i].get<float>(), 1e-6) << name << " " << i;
      }
    }
  }
}

TEST(SpectralNormalization, LeavesZerosAndFrozenLayersAlone) {
  SpectralNormalization layer = built(dense(), {kUnknown, 5});
  const Array before = layer.weight("kernel").value.clone();
  layer.set_trainable(false);
  layer.begin_training_step();
  EXPECT_TRUE(std::ranges::equal(layer.weight("kernel").value.span<float>(), before.span<float>()));
  layer.set_trainable(true);
  layer.begin_training_step();
  EXPECT_FALSE(std::ranges::equal(layer.weight("kernel").value.span<float>(), before.span<float>()));
  std::ranges::fill(layer.weight("kernel").value.span<float>(), 0.0f);
  layer.begin_training_step();
  EXPECT_THAT(layer.weight("kernel").value.span<float>(), testing::Each(0.0f));
}

TEST(SpectralNormalization, KeepsItsConfigurationAndPlaces) {
  const SpectralNormalization layer = built(dense(), {kUnknown, 5}, 3);
  const LayerPtr again = SpectralNormalization::from_config(layer.config());
  EXPECT_EQ(again->config(), layer.config());
  EXPECT_EQ(layer.config()["power_iterations"], 3);
  EXPECT_EQ(layer.weight_path(layer.weight("kernel")), "layer");
  EXPECT_EQ(layer.weight_path(layer.weight("vector_u")), "");
  EXPECT_FALSE(layer.weight("vector_u").trainable);
}

TEST(SpectralNormalization, RefusesWhatItCannotNormalize) {
  EXPECT_THAT([] { SpectralNormalization({.name = "s"}); },
              ThrowsMessage<ValueError>(HasSubstr("layer 's' (SpectralNormalization): needs a layer")));
  EXPECT_THROW(SpectralNormalization({.layer = dense(), .power_iterations = 0}), ValueError);
  EXPECT_THAT(
      [] {
        built(std::make_shared<ReLU>(ReLUOptions{.name = "r"}), {kUnknown, 5});
      },
      ThrowsMessage<ValueError>(HasSubstr("layer 'r' (ReLU) has neither kernel nor embeddings")));
}

}  // namespace
}  // namespace nudge::layers
