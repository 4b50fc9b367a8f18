#include "nudge/applications/imagenet_weights.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::applications {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

auto refuses(const std::string& why) { return ThrowsMessage<ValueError>(HasSubstr(why)); }

// keras/src/applications/mobilenet.py and mobilenet_v2.py of Keras 3.15.
TEST(ImagenetWeights, AreTheFilesOfKeras) {
  const PretrainedFile v2 = imagenet_weights("mobilenet_v2", {.alpha = 0.35, .include_top = false});
  EXPECT_EQ(v2.name, "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5");
  EXPECT_EQ(v2.url, "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/" + v2.name);
  EXPECT_FALSE(v2.other_image_size);
  EXPECT_FALSE(v2.top);
  EXPECT_TRUE(imagenet_weights("MobileNetV2", {}).top);
  EXPECT_EQ(imagenet_weights("MobileNetV2", {.input_shape = {96, 96, 3}, .alpha = 1.4}).name,
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.4_96.h5");
  EXPECT_EQ(imagenet_weights("MobileNetV2", {}).name,
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5");
  const PretrainedFile v1 = imagenet_weights("mobilenet", {.input_shape = {160, 160, 3}, .alpha = 0.25});
  EXPECT_EQ(v1.name, "mobilenet_2_5_160_tf.h5");
  EXPECT_EQ(v1.url, "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/" + v1.name);
  EXPECT_EQ(imagenet_weights("MobileNet", {.alpha = 0.75, .include_top = false}).name,
            "mobilenet_7_5_224_tf_no_top.h5");
}

// The names, addresses and hashes in the sources of Keras 3.15.
TEST(ImagenetWeights, OfFamiliesWithOneFileEachHaveHashes) {
  const std::string server = "https://storage.googleapis.com/tensorflow/keras-applications/";
  const PretrainedFile resnet = imagenet_weights("ResNet50V2", {});
  EXPECT_EQ(resnet.name, "resnet50v2_weights_tf_dim_ordering_tf_kernels.h5");
  EXPECT_EQ(resnet.url, server + "resnet/" + resnet.name);
  EXPECT_EQ(resnet.hash, "3ef43a0b657b3be2300d5770ece849e0");
  EXPECT_TRUE(resnet.top);
  const PretrainedFile densenet = imagenet_weights("DenseNet201", {.include_top = false});
  EXPECT_EQ(densenet.name, "densenet201_weights_tf_dim_ordering_tf_kernels_notop.h5");
  EXPECT_EQ(densenet.hash, "c13680b51ded0fb44dff2d8f86ac8bb1");
  EXPECT_EQ(imagenet_weights("VGG19", {.classes = 5, .head = Head::kDense}).hash,
            "253f8cb515780f3b799900260a226db6");
  EXPECT_EQ(imagenet_weights("InceptionV3", {}).image_size, 299);
}

TEST(ImagenetWeights, NamesOfTheirOwnInTheCache) {
  const std::string server = "https://storage.googleapis.com/tensorflow/keras-applications/";
  const PretrainedFile nasnet = imagenet_weights("NASNetMobile", {.include_top = false});
  EXPECT_EQ(nasnet.name, "nasnet_mobile_no_top.h5");
  EXPECT_EQ(nasnet.url, server + "nasnet/NASNet-mobile-no-top.h5");
  EXPECT_EQ(imagenet_weights("EfficientNetB7", {}).url,
            "https://storage.googleapis.com/keras-applications/efficientnetb7.h5");
  EXPECT_EQ(imagenet_weights("ResNetRS101", {}).name, "resnet-rs-101-i192.h5");
}

TEST(ImagenetWeights, OfMobileNetV3GoByWidthAndKind) {
  const auto name = [](const ApplicationOptions& options) {
    return imagenet_weights("MobileNetV3Large", options).name;
  };
  EXPECT_EQ(name({.alpha = 0.75}), "weights_mobilenet_v3_large_224_0.75_float.h5");
  EXPECT_EQ(name({.minimalistic = true, .include_top = false}),
            "weights_mobilenet_v3_large_minimalistic_224_1.0_float_no_top_v2.h5");
  EXPECT_TRUE(imagenet_weights("MobileNetV3Small", {.input_shape = {96, 96, 3}}).other_image_size);
  const auto small = [](double alpha, bool minimalistic) {
    return [=] { imagenet_weights("MobileNetV3Small", {.alpha = alpha, .minimalistic = minimalistic}); };
  };
  EXPECT_THAT(small(0.5, false), refuses("alpha 0.75 and 1, minimalistic for 1 only, not 0.5"));
  EXPECT_THAT(small(0.75, true), refuses("alpha 0.75 and 1, minimalistic for 1 only, not 0.75"));
}

// Each that the fixtures know, with its top and without.
TEST(ImagenetWeights, AreThereForEveryApplicationOfKeras) {
  std::set<std::string> names, urls;
  for (const char* file : {"families.json", "families_tf_keras.json"}) {
    const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/applications/testdata/" + file;
    for (const Json& expected : parse_json(read_text_file(path), path)) names.insert(expected["application"]);
  }
  EXPECT_EQ(names.size(), 71);
  for (const std::string& name : names) {
    for (const bool top : {true, false}) urls.insert(imagenet_weights(name, {.include_top = top}).url);
  }
  EXPECT_EQ(urls.size(), 2 * names.size()) << "files";
}

TEST(ImagenetWeights, AHeadOfOnesOwnTakesThoseWithoutTop) {
  EXPECT_EQ(imagenet_weights("MobileNetV2", {.classes = 5, .head = Head::kDense}).name,
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5");
}

TEST(ImagenetWeights, OtherSizesTakeThoseOf224) {
  for (const Shape& shape : {Shape{100, 100, 3}, Shape{96, 128, 3}}) {
    const PretrainedFile file = imagenet_weights("MobileNetV2", {.input_shape = shape, .include_top = false});
    EXPECT_EQ(file.name, "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5");
    EXPECT_TRUE(file.other_image_size);
  }
  // MobileNet was not trained at 96.
  EXPECT_EQ(imagenet_weights("MobileNet", {.input_shape = {96, 96, 3}, .include_top = false}).image_size,
            224);
}

TEST(ImagenetWeights, RefuseWhatKerasRefuses) {
  const auto wanted = [](const std::string& name, const ApplicationOptions& options) {
    return [=] { imagenet_weights(name, options); };
  };
  EXPECT_THAT(wanted("MobileNetV2", {.classes = 5}), refuses("have 1000 classes, not 5; leave the top out"));
  EXPECT_THAT(wanted("MobileNetV2", {.alpha = 0.4}),
              refuses("alpha 0.35, 0.5, 0.75, 1, 1.3, 1.4 only, not 0.4"));
  EXPECT_THAT(wanted("MobileNet", {.alpha = 1.3}), refuses("alpha 0.25, 0.5, 0.75, 1 only"));
  EXPECT_THAT(wanted("MobileNet", {.depth_multiplier = 2}), refuses("depth_multiplier of 1"));
  EXPECT_THAT(wanted("MobileNetV2", {.input_shape = {100, 100, 3}}), refuses("square images of 96, 128"));
  EXPECT_THAT(wanted("MobileNetV2", {.input_shape = {96, 96, 1}, .include_top = false}),
              refuses("3 channels, not 1"));
  EXPECT_THAT(wanted("MobileNetV2", {.classifier_activation = "relu"}),
              refuses("softmax or linear, not relu"));
  EXPECT_THAT(wanted("small_cnn", {}), refuses("'small_cnn' has no ImageNet weights; leave the weights out"));
  EXPECT_THAT(wanted("DSCNN", {}), refuses("has no ImageNet weights"));
  EXPECT_THAT(wanted("ResNet50", {.classes = 5}), refuses("have 1000 classes, not 5"));
  EXPECT_THAT(wanted("InceptionV3", {.input_shape = {224, 224, 3}}), refuses("square images of 299 pixels"));
  EXPECT_NO_THROW(imagenet_weights("InceptionV3", {.input_shape = {224, 200, 3}, .include_top = false}));
}

}  // namespace
}  // namespace nudge::applications
