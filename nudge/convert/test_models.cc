#include "nudge/convert/test_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "nudge/applications/applications.h"
#include "nudge/base/random.h"
#include "nudge/convert/one_quantizer.h"
#include "nudge/convert/run.h"
#include "nudge/graph/flatten.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/quantize/ranges.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/litert.h"
#include "nudge/tflite/writer.h"

namespace nudge::convert {
namespace {

// Every value that a float model computes: a layer's output by the layer's name, before its own activation
// function by "NAME/product"; several for a layer called twice.
std::multimap<std::string, Array> values_of(const Model& model, const std::vector<Array>& inputs) {
  const ModelPtr flat = flatten_model(model);
  // With every tensor an output nothing is fused away.
  std::vector<Tensor> outputs;
  for (const auto& node : flat->nodes()) {
    if (!node->inputs.empty()) outputs.push_back({node, 0});
  }
  const tflite::TfLiteModel file =
      convert(*make_model(flat->inputs(), outputs), {.expose_intermediates = true}).file;
  const std::vector<Array> values = tflite::Evaluator(file).run(inputs);
  const auto& names = file.signatures.front().outputs;
  std::multimap<std::string, Array> result;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& name = names[i].first;
    result.emplace(i < outputs.size() ? outputs[i].layer().name() : name.substr(0, name.find(':')),
                   values[i]);
  }
  return result;
}

float extreme(const Array& values, bool high) {
  const auto span = values.span<float>();
  return high ? *std::max_element(span.begin(), span.end()) : *std::min_element(span.begin(), span.end());
}

void observe(quantize::Range& range, const Array& values) {
  const float low = extreme(values, false), high = extreme(values, true);
  range.observe({&low, 1}, {&high, 1});
}

void fill(Array& array, Random& random, double deviation) {
  for (float& value : array.span<float>()) value = static_cast<float>(random.normal() * deviation);
}

void randomize_weight(Weight& weight, Random& random) {
  weight.value = Array(weight.shape);
  if (weight.name.ends_with("kernel")) {
    const bool depthwise = weight.name == "depthwise_kernel";
    const int64_t outputs = depthwise ? weight.shape[2] * weight.shape[3] : weight.shape.back();
    const double fan_in = static_cast<double>(weight.count()) / static_cast<double>(outputs);
    return fill(weight.value, random, std::sqrt(2.0 / fan_in));
  }
  if (weight.name == "gamma" || weight.name == "moving_variance") {
    for (float& value : weight.value.span<float>()) value = static_cast<float>(random.uniform(0.5, 1.5));
    if (weight.name == "moving_variance") return;
    for (float& value : weight.value.span<float>()) value *= random.below(4) == 0 ? -1.0f : 1.0f;
    return;
  }
  fill(weight.value, random, 0.2);
}

// Statistics near those of `values`, which a BatchNormalization reads.
void set_statistics(Layer& layer, const Array& values, Random& random) {
  Array& mean = layer.weight("moving_mean").value;
  Array& variance = layer.weight("moving_variance").value;
  const auto channels = static_cast<size_t>(mean.size());
  const auto rows = static_cast<double>(values.size()) / static_cast<double>(channels);
  std::vector<double> sum(channels), squares(channels);
  const auto span = values.span<float>();
  for (size_t i = 0; i < span.size(); ++i) {
    sum[i % channels] += static_cast<double>(span[i]);
    squares[i % channels] += static_cast<double>(span[i]) * static_cast<double>(span[i]);
  }
  for (size_t c = 0; c < channels; ++c) {
    const double average = sum[c] / rows;
    const double spread = std::max(squares[c] / rows - average * average, 1e-3);
    mean.span<float>()[c] = static_cast<float>(average + 0.1 * random.normal() * std::sqrt(spread));
    variance.span<float>()[c] = static_cast<float>(spread * random.uniform(0.7, 1.4));
  }
}

int64_t different_bytes(const Array& a, const Array& b) {
  int64_t count = 0;
  for (size_t i = 0; i < a.byte_size(); ++i) count += a.bytes()[i] != b.bytes()[i] ? 1 : 0;
  return count;
}

double largest_error(const Array& a, const Array& b) {
  double largest = 0;
  for (size_t i = 0; i < static_cast<size_t>(a.size()); ++i) {
    const auto x = static_cast<double>(a.span<float>()[i]), y = static_cast<double>(b.span<float>()[i]);
    largest = std::max(largest, std::abs(x - y) / std::max(1.0, std::abs(y)));
  }
  return largest;
}

int64_t distinct_bytes(const Array& array) {
  const std::set<std::byte> codes(array.bytes(), array.bytes() + array.byte_size());
  return static_cast<int64_t>(codes.size());
}

// By the name in the signature: the runtime has an order of its own.
std::map<std::string, Array> litert_outputs(const std::vector<std::byte>& bytes, tflite::Kernels kernels,
                                            const std::vector<Array>& inputs,
                                            const std::vector<std::string>& input_names) {
  tflite::LiteRt runtime(bytes, {.kernels = kernels});
  std::vector<Array> ordered;
  for (const tflite::LiteRtTensor& wanted : runtime.inputs()) {
    const auto found = std::find(input_names.begin(), input_names.end(), wanted.name);
    ordered.push_back(inputs.at(static_cast<size_t>(found - input_names.begin())));
  }
  const std::vector<Array> values = runtime.run(ordered);
  std::map<std::string, Array> result;
  for (size_t i = 0; i < values.size(); ++i) result[runtime.outputs()[i].name] = values[i];
  return result;
}

// Marks the test as skipped where it is not: what it compares by itself still counts.
bool litert_found() {
  if (tflite::litert_available()) return true;
  [] { GTEST_SKIP() << "LiteRT is not installed: nothing was compared with it"; }();
  return false;
}

Array codes_like(const Array& values, DataType type) {
  if (type == DataType::kFloat32) return values;
  Array codes(values.shape(), type);
  for (size_t i = 0; i < static_cast<size_t>(values.size()); ++i) {
    codes.bytes()[i] = static_cast<std::byte>(static_cast<int>(values.span<float>()[i] * 127.0f) & 0xff);
  }
  return codes;
}

}  // namespace

std::vector<Array> random_inputs(const Model& model, int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<Array> inputs;
  for (const Tensor& input : model.inputs()) {
    Shape shape = input.shape();
    shape[0] = count;
    Array values(shape);
    for (float& value : values.span<float>()) value = static_cast<float>(random.uniform(-1, 1));
    inputs.push_back(std::move(values));
  }
  return inputs;
}

void randomize(Model& model, uint64_t seed) {
  Random random(seed);
  const ModelPtr flat = flatten_model(model);
  for (const LayerPtr& layer : flat->layers()) {
    for (Weight* weight : layer->weights()) randomize_weight(*weight, random);
  }
  // One image of a large model has values enough for its statistics.
  const int64_t values = element_count(with_batch(flat->inputs().front().shape(), 1));
  const int64_t count = std::clamp<int64_t>(32768 / values, 1, kCalibrationInputs);
  const std::vector<Array> inputs = random_inputs(*flat, count, random.next());
  for (const auto& node : flat->nodes()) {
    if (node->layer->class_name() != "BatchNormalization") continue;
    const ModelPtr before = make_model(flat->inputs(), {node->inputs.front()});
    const tflite::TfLiteModel file = convert(*before).file;
    set_statistics(*node->layer, tflite::Evaluator(file).run(inputs).front(), random);
  }
}

void calibrate(Model& quantized, const Model& float_model, const std::vector<Array>& inputs) {
  const auto values = values_of(float_model, inputs);
  quantize::Ranges ranges(quantized);
  quantize::observe_weights(quantized, ranges);
  ranges.begin_step();
  for (const auto& node : quantized.nodes()) {
    const auto* layer = dynamic_cast<const quantize::QuantizedLayer*>(node->layer.get());
    if (layer == nullptr) continue;
    for (const quantize::QuantizerSlot& slot : layer->slots()) {
      if (slot.place == quantize::Place::kWeight) continue;
      quantize::Range& range = *ranges.find(*node->layer, slot.name);
      if (layer->inner() == nullptr) {
        const auto& all = quantized.inputs();
        const auto found = std::find(all.begin(), all.end(), node->inputs.front());
        observe(range, inputs.at(static_cast<size_t>(found - all.begin())));
        continue;
      }
      const bool before = slot.place == quantize::Place::kPreActivation;
      const auto found = values.equal_range(layer->inner()->name() + (before ? "/product" : ""));
      EXPECT_NE(found.first, found.second) << "no values for " << range.name();
      for (auto at = found.first; at != found.second; ++at) observe(range, at->second);
    }
  }
  ranges.count_training_step();
}

ModelPtr every_layer_model() {
  using namespace layers;
  const Tensor image = input({12, 12, 3}, "image");
  Tensor x = rescaling(image, {.scale = 1.5, .offset = -0.1, .name = "rescaling"});
  x = zero_padding2d(x, {.top = 0, .bottom = 1, .left = 1, .right = 0, .name = "pad"});
  x = conv2d(x, {.filters = 8, .kernel_size = 3, .padding = Padding::kSame, .name = "conv"});
  x = batch_normalization(x, {.name = "conv_bn"});
  x = relu(x, {.max_value = 6, .name = "relu6"});
  Tensor y = depthwise_conv2d(x, {.kernel_size = 3,
                                  .padding = Padding::kSame,
                                  .depth_multiplier = 2,
                                  .dilation_rate = 2,
                                  .use_bias = false,
                                  .name = "depthwise"});
  y = relu(batch_normalization(y, {.scale = false, .name = "depthwise_bn"}),
           {.max_value = 4, .name = "relu4"});
  y = conv2d(
      y, {.filters = 8, .kernel_size = {1, 3}, .padding = Padding::kSame, .groups = 2, .name = "grouped"});
  y = leaky_relu(y, {.negative_slope = 0.2, .name = "leaky"});
  x = relu(add({x, y}, {.name = "add"}), {.name = "add_relu"});
  const Tensor gate = conv2d(global_average_pooling2d(x, {.keepdims = true, .name = "squeeze"}),
                             {.filters = 8, .activation = ActivationFunction::kSigmoid, .name = "gate"});
  x = multiply({x, gate}, {.name = "gated"});
  x = batch_normalization(x, {.center = false, .name = "lone_bn"});
  const Tensor small = max_pooling2d(x, {.pool_size = 2, .name = "max_pool"});
  const Tensor mean =
      average_pooling2d(x, {.pool_size = 3, .strides = 2, .padding = Padding::kSame, .name = "mean_pool"});
  const Tensor cut =
      conv2d(mean, {.filters = 4, .kernel_size = 3, .activation = ActivationFunction::kRelu, .name = "cut"});
  const Tensor wide = zero_padding2d(cut, {.top = 1, .bottom = 0, .left = 0, .right = 1, .name = "cut_pad"});
  const Tensor joined = concatenate({small, wide}, {.name = "joined"});
  const Tensor near = up_sampling2d(joined, {.size = {2, 1}, .name = "near"});
  const Tensor smooth =
      up_sampling2d(joined, {.size = {2, 1}, .interpolation = Interpolation::kBilinear, .name = "smooth"});
  Tensor z = maximum({near, smooth}, {.name = "larger"});
  z = dropout(activation(z, {.activation = ActivationFunction::kTanh, .name = "tanh"}), {.name = "dropout"});
  z = activation(z, {.activation = ActivationFunction::kLinear, .name = "linear"});
  const Tensor rows = reshape(z, {.target_shape = {-1, 24}, .name = "rows"});
  z = dense(rows, {.units = 10, .activation = ActivationFunction::kRelu6, .name = "dense_rows"});
  z = batch_normalization(z, {.name = "rows_bn"});
  z = add({z, z, z}, {.name = "thrice"});
  z = batch_normalization(flatten(z, {.name = "flatten"}), {.name = "flat_bn"});
  const Tensor peaks = global_max_pooling2d(x, {.name = "peaks"});
  z = concatenate({z, peaks}, {.name = "features"});
  const Tensor sides = dense(z, {.units = 3, .activation = ActivationFunction::kTanh, .name = "sides"});
  const Tensor classes = softmax(dense(z, {.units = 5, .name = "logits"}), {.name = "classes"});
  return make_model({image}, {classes, sides}, "every_layer");
}

TrainedLike trained_like(const ModelPtr& model, uint64_t seed, const std::string& layers,
                         const quantize::Scheme& scheme) {
  randomize(*model, seed);
  const ModelPtr quantized =
      quantize::quantize_apply(*quantize::quantize_annotate_model(*model, layers), scheme);
  calibrate(*quantized, *model, random_inputs(*model, kCalibrationInputs, seed + 1));
  return {model, quantized};
}

Agreement expect_agrees_with_litert(const Model& model, int64_t count, uint64_t seed,
                                    ConvertOptions options) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Agreement agreement;
  if (!litert_found()) return agreement;
  options.expose_intermediates = true;
  const tflite::TfLiteModel file = convert(model, options).file;
  std::vector<Array> inputs = random_inputs(model, count, seed);
  std::vector<std::string> names;
  for (const auto& [name, index] : file.signatures.front().inputs) names.push_back(name);
  for (Array& input : inputs) input = codes_like(input, options.input_type);

  const std::vector<Array> ours = tflite::Evaluator(file).run(inputs);
  const auto bytes = tflite::serialize(file);
  const auto theirs = litert_outputs(bytes, tflite::Kernels::kReference, inputs, names);
  const auto defaults = litert_outputs(bytes, tflite::Kernels::kDefault, inputs, names);
  EXPECT_EQ(theirs.size(), ours.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    const std::string& name = file.signatures.front().outputs[i].first;
    SCOPED_TRACE("tensor " + name);
    if (!theirs.contains(name) || theirs.at(name).shape() != ours[i].shape()) {
      ADD_FAILURE() << "not of the same shape in LiteRT";
      continue;
    }
    if (ours[i].type() == DataType::kFloat32) {
      const double error = largest_error(ours[i], theirs.at(name));
      EXPECT_LE(error, 1e-4);
      agreement.largest_error = std::max(agreement.largest_error, error);
      if (i < model.outputs().size()) {
        agreement.default_error =
            std::max(agreement.default_error, largest_error(ours[i], defaults.at(name)));
      }
      continue;
    }
    const int64_t different = different_bytes(ours[i], theirs.at(name));
    EXPECT_EQ(different, 0) << "of " << ours[i].size() << " values";
    agreement.integers += ours[i].size();
    agreement.different += different;
    agreement.default_different += different_bytes(ours[i], defaults.at(name));
    agreement.most_codes = std::max(agreement.most_codes, distinct_bytes(ours[i]));
  }
  return agreement;
}

void expect_exact_file(const Model& quantized, uint64_t seed, const ExactOptions& options) {
  if (options.scheme.name == "nudge") {
    EXPECT_THAT(quantizer_mismatches(quantized, convert(quantized).file), testing::IsEmpty());
  }
  const Agreement agreement = expect_agrees_with_litert(quantized, options.inputs, seed);
  if (!tflite::litert_available()) return;
  EXPECT_GT(agreement.most_codes, 100) << "the values hardly vary, so they prove nothing";
  if (options.inputs < ExactOptions().inputs) return;
  GTEST_LOG_(INFO) << quantized.name() << ": " << agreement.integers << " values, " << agreement.different
                   << " differ; LiteRT's default kernels differ in " << agreement.default_different;
}

void expect_exact(const ModelPtr& model, uint64_t seed, const ExactOptions& options) {
  SCOPED_TRACE("seed " + std::to_string(seed) + ", layers " + options.layers);
  expect_exact_file(*trained_like(model, seed, options.layers, options.scheme).quantized, seed + 1, options);
}

ModelPtr application_model(const std::string& name, int64_t side, double alpha) {
  return applications::build_application(
      name,
      {.input_shape = {side, side, 3}, .alpha = alpha, .classes = 5, .head = applications::Head::kDense});
}

std::string half_of_the_layers(const Model& model, uint64_t seed) {
  Random random(seed);
  std::string layers;
  for (const LayerPtr& layer : model.layers()) {
    if (random.below(2) == 0) layers += (layers.empty() ? "" : "|") + layer->name();
  }
  return layers;
}

}  // namespace nudge::convert
