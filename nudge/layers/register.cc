#include "nudge/layers/register.h"

#include <fmt/format.h>

#include <mutex>

#include "nudge/graph/registry.h"
#include "nudge/layers/layers.h"

namespace nudge::layers {

void register_layers() {
  static std::once_flag once;
  std::call_once(once, [] {
    register_layer("InputLayer", InputLayer::from_config);
    register_layer("Activation", Activation::from_config);
    register_layer("ActivityRegularization", ActivityRegularization::from_config);
    register_layer("AdaptiveAveragePooling1D", AdaptiveAveragePooling1D::from_config);
    register_layer("AdaptiveAveragePooling2D", AdaptiveAveragePooling2D::from_config);
    register_layer("AdaptiveAveragePooling3D", AdaptiveAveragePooling3D::from_config);
    register_layer("AdaptiveMaxPooling1D", AdaptiveMaxPooling1D::from_config);
    register_layer("AdaptiveMaxPooling2D", AdaptiveMaxPooling2D::from_config);
    register_layer("AdaptiveMaxPooling3D", AdaptiveMaxPooling3D::from_config);
    register_layer("Add", Add::from_config);
    register_layer("AlphaDropout", AlphaDropout::from_config);
    register_layer("AdditiveAttention", AdditiveAttention::from_config);
    register_layer("Attention", Attention::from_config);
    register_layer("Average", Average::from_config);
    register_layer("AveragePooling1D", AveragePooling1D::from_config);
    register_layer("AveragePooling2D", AveragePooling2D::from_config);
    register_layer("AveragePooling3D", AveragePooling3D::from_config);
    register_layer("BatchNormalization", BatchNormalization::from_config);
    register_layer("Bidirectional", Bidirectional::from_config);
    register_layer("CenterCrop", CenterCrop::from_config);
    register_layer("Concatenate", Concatenate::from_config);
    register_layer("Conv1D", Conv1D::from_config);
    register_layer("Conv1DTranspose", Conv1DTranspose::from_config);
    register_layer("Conv2D", Conv2D::from_config);
    register_layer("Conv2DTranspose", Conv2DTranspose::from_config);
    register_layer("Conv3D", Conv3D::from_config);
    register_layer("Conv3DTranspose", Conv3DTranspose::from_config);
    register_layer("Cropping1D", Cropping1D::from_config);
    register_layer("Cropping2D", Cropping2D::from_config);
    register_layer("Cropping3D", Cropping3D::from_config);
    register_layer("ConvLSTM2D", ConvLSTM2D::from_config);
    register_layer("CustomScaleLayer", CustomScaleLayer::from_config);
    register_layer("Dense", Dense::from_config);
    register_layer("DepthwiseConv1D", DepthwiseConv1D::from_config);
    register_layer("DepthwiseConv2D", DepthwiseConv2D::from_config);
    register_layer("Dot", Dot::from_config);
    register_layer("Dropout", Dropout::from_config);
    register_layer("EinsumDense", EinsumDense::from_config);
    register_layer("ELU", ELU::from_config);
    register_layer("Embedding", Embedding::from_config);
    register_layer("Flatten", Flatten::from_config);
    register_layer("GaussianDropout", GaussianDropout::from_config);
    register_layer("GaussianNoise", GaussianNoise::from_config);
    register_layer("GlobalAveragePooling1D", GlobalAveragePooling1D::from_config);
    register_layer("GlobalAveragePooling2D", GlobalAveragePooling2D::from_config);
    register_layer("GlobalAveragePooling3D", GlobalAveragePooling3D::from_config);
    register_layer("GlobalMaxPooling1D", GlobalMaxPooling1D::from_config);
    register_layer("GlobalMaxPooling2D", GlobalMaxPooling2D::from_config);
    register_layer("GlobalMaxPooling3D", GlobalMaxPooling3D::from_config);
    register_layer("GroupNormalization", GroupNormalization::from_config);
    register_layer("GroupQueryAttention", GroupQueryAttention::from_config);
    register_layer("GRU", GRU::from_config);
    register_layer("Identity", Identity::from_config);
    register_layer("LayerNormalization", LayerNormalization::from_config);
    register_layer("LayerScale", LayerScale::from_config);
    register_layer("LeakyReLU", LeakyReLU::from_config);
    register_layer("LSTM", LSTM::from_config);
    register_layer("Masking", Masking::from_config);
    register_layer("Maximum", Maximum::from_config);
    register_layer("MaxPooling1D", MaxPooling1D::from_config);
    register_layer("MaxPooling2D", MaxPooling2D::from_config);
    register_layer("MaxPooling3D", MaxPooling3D::from_config);
    register_layer("Minimum", Minimum::from_config);
    register_layer("MultiHeadAttention", MultiHeadAttention::from_config);
    register_layer("Multiply", Multiply::from_config);
    register_layer("Normalization", Normalization::from_config);
    register_layer("Operation", Operation::from_config);
    register_layer("Permute", Permute::from_config);
    register_layer("PReLU", PReLU::from_config);
    for (const std::string& name : random_image_classes()) {
      register_layer(name, [name](const Json& config) { return RandomImage::from_config(name, config); });
    }
    register_layer("ReLU", ReLU::from_config);
    register_layer("RepeatVector", RepeatVector::from_config);
    register_layer("Rescaling", Rescaling::from_config);
    register_layer("Reshape", Reshape::from_config);
    register_layer("Resizing", Resizing::from_config);
    register_layer("RMSNormalization", RMSNormalization::from_config);
    register_layer("SeparableConv1D", SeparableConv1D::from_config);
    register_layer("SeparableConv2D", SeparableConv2D::from_config);
    register_layer("SimpleRNN", SimpleRNN::from_config);
    register_layer("Softmax", Softmax::from_config);
    register_layer("SpectralNormalization", SpectralNormalization::from_config);
    for (const int dimensions : {1, 2, 3}) {
      register_layer(fmt::format("SpatialDropout{}D", dimensions), [dimensions](const Json& config) {
        return SpatialDropout::from_config(dimensions, config);
      });
    }
    register_layer("StochasticDepth", StochasticDepth::from_config);
    register_layer("Subtract", Subtract::from_config);
    register_layer("TimeDistributed", TimeDistributed::from_config);
    register_layer("UnitNormalization", UnitNormalization::from_config);
    register_layer("UpSampling1D", UpSampling1D::from_config);
    register_layer("UpSampling2D", UpSampling2D::from_config);
    register_layer("UpSampling3D", UpSampling3D::from_config);
    register_layer("ZeroPadding1D", ZeroPadding1D::from_config);
    register_layer("ZeroPadding2D", ZeroPadding2D::from_config);
    register_layer("ZeroPadding3D", ZeroPadding3D::from_config);
  });
}

}  // namespace nudge::layers
