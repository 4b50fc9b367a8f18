#include "nudge/keras/channels_last.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "nudge/layers/permute.h"

namespace nudge::keras {
namespace {

constexpr std::array<std::string_view, 2> kNormalizations{"BatchNormalization", "GroupNormalization"};
constexpr std::array<std::string_view, 5> kOverAnAxis{"Concatenate", "LayerNormalization", "Normalization",
                                                      "Softmax", "UnitNormalization"};
// Each element by itself, and those of several tensors as they stand beside each other.
constexpr std::array<std::string_view, 16> kElementwise{"Activation", "ActivityRegularization",
                                                        "Add",        "AlphaDropout",
                                                        "Average",    "Dropout",
                                                        "ELU",        "GaussianDropout",
                                                        "Identity",   "GaussianNoise",
                                                        "Maximum",    "LeakyReLU",
                                                        "Minimum",    "Multiply",
                                                        "ReLU",       "Subtract"};

bool is_one_of(const auto& names, const std::string& name) {
  return std::ranges::find(names, std::string_view(name)) != names.end();
}

bool is_text(const Json& config, const char* key, std::string_view value) {
  const auto found = config.find(key);
  return found != config.end() && found->is_string() && found->get<std::string>() == value;
}

bool is_axis_1(const Json& config) {
  const auto axis = config.find("axis");
  return axis != config.end() && (*axis == 1 || *axis == Json::array({1}));
}

// Softmax goes over the last dimension, wherever the channels are.
bool has_softmax(const Json& config) {
  return is_text(config, "activation", "softmax") || is_text(config, "activation", "log_softmax");
}

std::vector<int64_t> channels_to(size_t rank, bool last) {
  std::vector<int64_t> dims;
  if (!last) dims.push_back(static_cast<int64_t>(rank) - 1);
  for (size_t i = last ? 2 : 1; i + (last ? 0 : 1) < rank; ++i) dims.push_back(static_cast<int64_t>(i));
  if (last) dims.push_back(1);
  return dims;
}

}  // namespace

bool has_channels_first(const Json& json) {
  std::vector<const Json*> left{&json};
  while (!left.empty()) {
    const Json& next = *left.back();
    left.pop_back();
    if (next.is_object() && is_text(next, "data_format", "channels_first")) return true;
    if (!next.is_structured()) continue;
    for (const Json& inner : next) left.push_back(&inner);
  }
  return false;
}

bool ChannelsLast::convert(const std::string& class_name, Json& config) const {
  if (is_text(config, "data_format", "channels_first") && !has_softmax(config)) {
    config["data_format"] = "channels_last";
    return true;
  }
  const bool over_channels =
      is_one_of(kNormalizations, class_name) || (of_model_ && is_one_of(kOverAnAxis, class_name));
  if (!over_channels || !is_axis_1(config)) return false;
  config["axis"] = -1;
  return true;
}

bool ChannelsLast::takes_transposed(const Layer& layer, const std::vector<Shape>& inputs,
                                    const std::vector<bool>& transposed) const {
  const size_t rank = inputs.empty() ? 0 : inputs.front().size();
  if (rank < 3) return false;
  if (converted_.contains(&layer)) return true;
  const bool alike = std::ranges::all_of(inputs, [rank](const Shape& s) { return s.size() == rank; });
  const bool any = std::ranges::find(transposed, true) != transposed.end();
  return any && alike && is_one_of(kElementwise, layer.class_name()) && !has_softmax(layer.config());
}

LayerPtr transposition(size_t rank, bool to_last) {
  return std::make_shared<layers::Permute>(layers::PermuteOptions{.dims = channels_to(rank, to_last)});
}

Shape with_channels_first(Shape channels_last) {
  std::rotate(channels_last.begin() + 1, channels_last.end() - 1, channels_last.end());
  return channels_last;
}

bool TransposedTensors::is_transposed(const Tensor& tensor) const {
  return transposed_.contains({tensor.node.get(), tensor.index});
}

Tensor TransposedTensors::in_layout(const Tensor& tensor, bool transposed) {
  if (is_transposed(tensor) == transposed || tensor.shape().size() < 3) return tensor;
  const auto [found, is_new] = other_.try_emplace({tensor.node.get(), tensor.index});
  if (is_new) {
    found->second = transposition(tensor.shape().size(), transposed)->call(tensor);
    other_[{found->second.node.get(), 0}] = tensor;
    if (transposed) transposed_.insert({found->second.node.get(), 0});
    ++added_;
  }
  return found->second;
}

std::vector<Tensor> TransposedTensors::call(Layer& layer, std::vector<Tensor> inputs) {
  std::vector<Shape> shapes;
  std::vector<bool> transposed;
  for (const Tensor& input : inputs) {
    shapes.push_back(input.shape());
    transposed.push_back(is_transposed(input));
  }
  const bool transpose = rule_.takes_transposed(layer, shapes, transposed);
  for (Tensor& input : inputs) input = in_layout(input, transpose);
  std::vector<Tensor> outputs = layer.call_all(inputs);
  for (const Tensor& output : outputs) {
    if (transpose && output.shape().size() == shapes.front().size())
      transposed_.insert({output.node.get(), output.index});
  }
  return outputs;
}

Tensor TransposedTensors::as_written(const Tensor& tensor) { return in_layout(tensor, false); }

Shape TransposedTensors::shape_as_written(const Tensor& tensor) const {
  return is_transposed(tensor) ? with_channels_first(tensor.shape()) : tensor.shape();
}

}  // namespace nudge::keras
