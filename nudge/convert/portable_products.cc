#include "nudge/convert/portable_products.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/convert/convert.h"
#include "nudge/graph/model.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/quantize/ranges.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/writer.h"

namespace nudge::convert {
namespace {

constexpr const char* kKinds[] = {"Conv2D", "DepthwiseConv2D", "Dense", "mean", "affine"};

Tensor with_end(Random& random, const Tensor& product) {
  const Tensor normalized = layers::batch_normalization(product, {.epsilon = 1e-3, .name = "bn"});
  switch (random.below(3)) {
    case 0:
      return layers::relu(normalized, {.name = "end"});
    case 1:
      return layers::relu(normalized, {.max_value = 6, .name = "end"});
    default:
      return normalized;
  }
}

ModelPtr random_product(Random& random, const std::string& kind) {
  const auto channels = static_cast<int64_t>(1 + random.below(24));
  const auto window = static_cast<int64_t>(1 + 2 * random.below(2));
  const auto stride = static_cast<int64_t>(1 + random.below(2));
  const auto padding = random.below(2) == 0 ? layers::Padding::kSame : layers::Padding::kValid;
  const auto filters = static_cast<int64_t>(4 + random.below(40));
  if (kind == "Dense") {
    const Tensor x = input({channels * 8}, "x");
    return make_model(x, with_end(random, layers::dense(x, {.units = filters, .name = "product"})));
  }
  const Tensor x = input({7, 6, channels}, "x");
  if (kind == "mean") return make_model(x, layers::global_average_pooling2d(x, {.name = "product"}));
  if (kind == "affine") return make_model(x, layers::batch_normalization(x, {.epsilon = 1e-3, .name = "bn"}));
  if (kind == "DepthwiseConv2D") {
    return make_model(
        x,
        with_end(random,
                 layers::depthwise_conv2d(
                     x, {.kernel_size = window, .strides = stride, .padding = padding, .name = "product"})));
  }
  return make_model(x, with_end(random, layers::conv2d(x, {.filters = filters,
                                                           .kernel_size = window,
                                                           .strides = stride,
                                                           .padding = padding,
                                                           .name = "product"})));
}

// A few large weights and many small ones, so that sums of all sizes occur.
void draw(Weight& weight, Random& random) {
  weight.value = Array(weight.shape);
  for (float& value : weight.value.span<float>()) {
    value = static_cast<float>(random.normal() * std::exp2(-static_cast<double>(random.below(8))));
    if (weight.name == "moving_variance") value = 1.0f - 1e-3f;
    if (weight.name == "moving_mean" || weight.name == "bias") value *= 0.1f;
  }
}

void observe(quantize::Range& range, double low, double high) {
  const auto least = static_cast<float>(low), most = static_cast<float>(high);
  range.observe({&least, 1}, {&most, 1});
}

// Factors in codes, most of them where they are critical.
double random_factor(Random& random) {
  return random.below(2) == 0 ? std::exp2(random.uniform(-4, 0)) : std::exp2(random.uniform(-13, 6));
}

// Puts the tensors on random grids, and BatchNormalization's gamma where the channels' factors are random.
void set_grids(Model& quantized, Random& random, const std::string& kind) {
  quantize::Ranges ranges(quantized);
  quantize::observe_weights(quantized, ranges);
  ranges.begin_step();
  const double in = std::exp2(random.uniform(-3, 3)), zero = random.uniform();
  double out = std::exp2(random.uniform(-3, 3));
  if (kind == "mean") out = in * std::exp2(random.uniform(-6, 0.5));
  const double ends[] = {0, 1, random.uniform()};
  const double out_zero = ends[random.below(3)];
  const quantize::Range* kernel = nullptr;
  float in_scale = 1, out_scale = 1;
  for (const auto& node : quantized.nodes()) {
    const auto* layer = dynamic_cast<const quantize::QuantizedLayer*>(node->layer.get());
    if (layer == nullptr) continue;
    for (const quantize::QuantizerSlot& slot : layer->slots()) {
      quantize::Range& range = *ranges.find(*node->layer, slot.name);
      if (slot.place == quantize::Place::kWeight) {
        kernel = &range;
        continue;
      }
      const bool is_input = layer->inner() == nullptr;
      if (is_input) observe(range, -zero * in, (1 - zero) * in);
      if (!is_input) observe(range, -out_zero * out, (1 - out_zero) * out);
      (is_input ? in_scale : out_scale) = range.grid().scale;
    }
  }
  for (const LayerPtr& layer : quantized.layers()) {
    for (Weight* weight : layer->weights()) {
      if (weight->name != "gamma") continue;
      auto gamma = weight->value.span<float>();
      for (size_t c = 0; c < gamma.size(); ++c) {
        const double sign = random.below(4) == 0 ? -1 : 1;
        const float weight_scale =
            kernel == nullptr ? 1.0f / 127.0f : kernel->grid(kernel->count() == 1 ? 0 : c).scale;
        gamma[c] = static_cast<float>(sign * random_factor(random) * static_cast<double>(out_scale) /
                                      static_cast<double>(in_scale * weight_scale));
      }
    }
  }
}

// Images from nearly zero to the whole range.
Array random_codes(Random& random, const Shape& shape, int64_t zero_point) {
  Array codes(shape, DataType::kInt8);
  const auto image = static_cast<size_t>(codes.size() / shape[0]);
  for (size_t i = 0; i < codes.byte_size(); ++i) {
    const double spread = std::exp2(static_cast<double>(i / image % 9));
    const double code = static_cast<double>(zero_point) + std::round(random.normal() * spread);
    codes.bytes()[i] = static_cast<std::byte>(static_cast<int8_t>(std::clamp(code, -128.0, 127.0)));
  }
  return codes;
}

int64_t bytes_apart(const Array& a, const Array& b) {
  int64_t count = 0;
  for (size_t i = 0; i < a.byte_size(); ++i) count += a.bytes()[i] != b.bytes()[i] ? 1 : 0;
  return count;
}

}  // namespace

ProductAgreement product_agreement(uint64_t seed, bool portable) {
  Random random(seed);
  ProductAgreement agreement;
  agreement.kind = kKinds[random.below(std::size(kKinds))];
  const ModelPtr model = random_product(random, agreement.kind);
  for (const LayerPtr& layer : model->layers()) {
    for (Weight* weight : layer->weights()) draw(*weight, random);
  }
  const ModelPtr quantized = quantize::quantize_model(*model);
  set_grids(*quantized, random, agreement.kind);
  const tflite::TfLiteModel file =
      convert(*quantized,
              {.input_type = DataType::kInt8, .output_type = DataType::kInt8, .portable_scales = portable})
          .file;

  const tflite::SubGraph& graph = file.main();
  const tflite::TfLiteTensor& source = graph.tensors[static_cast<size_t>(graph.inputs.front())];
  Shape shape = source.shape;
  shape[0] = 36;
  const std::vector<Array> inputs{random_codes(random, shape, source.quantization->zero_point[0])};
  const Array ours = tflite::Evaluator(file).run(inputs).front();
  const auto bytes = tflite::serialize(file);
  const auto of = [&](tflite::Kernels kernels) {
    return tflite::LiteRt(bytes, {.kernels = kernels}).run(inputs).front();
  };
  const Array reference = of(tflite::Kernels::kReference);
  agreement.values = reference.size();
  agreement.codes = static_cast<int64_t>(
      std::set<std::byte>(reference.bytes(), reference.bytes() + reference.byte_size()).size());
  agreement.different = bytes_apart(ours, reference) + bytes_apart(of(tflite::Kernels::kDefault), reference);
  return agreement;
}

}  // namespace nudge::convert
