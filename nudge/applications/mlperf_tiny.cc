#include <algorithm>

#include "nudge/applications/backbone.h"
#include "nudge/applications/families.h"
#include "nudge/layers/layers.h"

// The reference models of MLPerf Tiny, their layers named by their classes as a new Keras model's are.
namespace nudge::applications {
namespace {

using layers::Padding;
using layers::Size2;

const Initializer kHeNormal = {.name = "HeNormal"};

class TinyLayers {
 public:
  TinyLayers(LayerNames& layer_names, Initializer kernels)
      : names(layer_names), kernels_(std::move(kernels)) {}

  Tensor conv(const Tensor& x, int64_t filters, Size2 kernel_size, int64_t stride = 1) {
    return layers::conv2d(x, {.filters = filters,
                              .kernel_size = kernel_size,
                              .strides = stride,
                              .padding = Padding::kSame,
                              .kernel_initializer = kernels_,
                              .name = names("conv2d")});
  }
  Tensor depthwise(const Tensor& x, int64_t stride = 1) {
    return layers::depthwise_conv2d(
        x,
        {.kernel_size = 3, .strides = stride, .padding = Padding::kSame, .name = names("depthwise_conv2d")});
  }
  Tensor normalized(const Tensor& x) {
    return layers::batch_normalization(x, {.name = names("batch_normalization")});
  }
  Tensor relu(const Tensor& x) { return activated(x, "relu", names("activation")); }
  Tensor normalized_relu(const Tensor& x) { return relu(normalized(x)); }

  LayerNames& names;

 private:
  Initializer kernels_;
};

// Pooled in one window, flattened, classified.
Tensor classified(const Tensor& x, Size2 window, const ApplicationOptions& options,
                  const Initializer& kernel) {
  const Tensor pooled = layers::average_pooling2d(x, {.pool_size = window, .name = "average_pooling2d"});
  return layers::dense(layers::flatten(pooled, {.name = "flatten"}),
                       {.units = *options.classes,
                        .activation = layers::activation_from_string(options.classifier_activation),
                        .kernel_initializer = kernel,
                        .name = "dense"});
}

// Image classification: ResNet-8 for CIFAR-10.
Tensor resnet8(const Tensor& image, const ApplicationOptions&, LayerNames& names) {
  TinyLayers layer(names, kHeNormal);
  Tensor x = layer.normalized_relu(layer.conv(image, 16, 3));
  for (int64_t filters : {16, 32, 64}) {
    const int64_t stride = filters == 16 ? 1 : 2;
    Tensor y = layer.normalized_relu(layer.conv(x, filters, 3, stride));
    y = layer.normalized(layer.conv(y, filters, 3));
    if (stride == 2) x = layer.conv(x, filters, 1, 2);
    x = layer.relu(layers::add({x, y}, {.name = layer.names("add")}));
  }
  return x;
}

// Visual wake words: MobileNet of a quarter of its width, for images of 96 x 96.
Tensor mobilenet_vww(const Tensor& image, const ApplicationOptions&, LayerNames& names) {
  TinyLayers layer(names, kHeNormal);
  Tensor x = layer.normalized_relu(layer.conv(image, 8, 3, 2));
  struct Block {
    int64_t filters;
    int64_t stride;
  };
  constexpr Block kBlocks[] = {{16, 1},  {32, 2},  {32, 1},  {64, 2},  {64, 1},  {128, 2}, {128, 1},
                               {128, 1}, {128, 1}, {128, 1}, {128, 1}, {256, 2}, {256, 1}};
  for (const Block& block : kBlocks) {
    x = layer.normalized_relu(layer.depthwise(x, block.stride));
    x = layer.normalized_relu(layer.conv(x, block.filters, 1));
  }
  return x;
}

Tensor image_top(const Tensor& x, const ApplicationOptions& options, LayerNames&) {
  return classified(x, std::min(x.shape()[1], x.shape()[2]), options, kHeNormal);
}

// Keyword spotting: DS-CNN, of 49 windows of 10 MFCCs.
Tensor ds_cnn(const Tensor& mfcc, const ApplicationOptions&, LayerNames& names) {
  constexpr int64_t kFilters = 64;
  TinyLayers layer(names, {});
  Tensor x = layer.normalized_relu(layer.conv(mfcc, kFilters, {10, 4}, 2));
  x = layers::dropout(x, {.rate = 0.2, .name = layer.names("dropout")});
  for (int i = 0; i < 4; ++i) {
    x = layer.normalized_relu(layer.depthwise(x));
    x = layer.normalized_relu(layer.conv(x, kFilters, 1));
  }
  return layers::dropout(x, {.rate = 0.4, .name = layer.names("dropout")});
}

Tensor ds_cnn_top(const Tensor& x, const ApplicationOptions& options, LayerNames&) {
  return classified(x, {options.input_shape[0] / 2, options.input_shape[1] / 2}, options, {});
}

// Anomaly detection: an autoencoder of five log-mel frames of 128 values.
Tensor autoencoder(const Tensor& frames, const ApplicationOptions&, LayerNames& names) {
  TinyLayers layer(names, {});
  Tensor x = frames;
  for (const int64_t units : {128, 128, 128, 128, 8, 128, 128, 128, 128}) {
    x = layer.normalized_relu(layers::dense(x, {.units = units, .name = layer.names("dense")}));
  }
  return layers::dense(x, {.units = frames.shape()[1], .name = layer.names("dense")});
}

}  // namespace

std::vector<Application> mlperf_tiny() {
  return {
      {.name = "ResNet8",
       .model_name = "resnet8",
       .preprocessing = "none",
       .input_shape = {32, 32, 3},
       .minimum = 4,
       .own = {.own_head = true},
       .classes = 10,
       .body = resnet8,
       .top = image_top,
       .short_pool_names = false},
      {.name = "MobileNetVWW",
       .model_name = "mobilenet_vww",
       .preprocessing = "rescale",
       .input_shape = {96, 96, 3},
       .own = {.own_head = true},
       .classes = 2,
       .body = mobilenet_vww,
       .top = image_top,
       .short_pool_names = false},
      {.name = "DSCNN",
       .model_name = "ds_cnn",
       .preprocessing = "none",
       .input_shape = {49, 10, 1},
       .minimum = 2,
       .own = {.own_head = true},
       .classes = 12,
       .body = ds_cnn,
       .top = ds_cnn_top,
       .short_pool_names = false},
      {.name = "FCAutoencoder",
       .aliases = {"autoencoder"},
       .model_name = "fc_autoencoder",
       .preprocessing = "none",
       .input_shape = {640},
       .minimum = 1,
       .own = {.classifier = false},
       .body = autoencoder},
  };
}

}  // namespace nudge::applications
