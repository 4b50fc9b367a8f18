#include "nudge/layers/einsum_dense.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

EinsumDense::EinsumDense(EinsumDenseOptions options)
    : ClonableLayer(options.name, "EinsumDense"), options_(std::move(options)) {}

Json EinsumDense::config() const {
  Json config = base_config();
  config["equation"] = options_.equation;
  config["output_shape"] = Json::array();
  for (const int64_t size : options_.output_shape) {
    config["output_shape"].push_back(size == kUnknown ? Json(nullptr) : Json(size));
  }
  config["bias_axes"] = options_.bias_axes.empty() ? Json(nullptr) : Json(options_.bias_axes);
  config["activation"] = to_string(options_.activation);
  config["kernel_initializer"] = options_.kernel_initializer.to_json();
  config["bias_initializer"] = options_.bias_initializer.to_json();
  return config;
}

LayerPtr EinsumDense::from_config(const Json& config) {
  const ConfigReader reader(config, "EinsumDense");
  return reader.make<EinsumDense>(
      EinsumDenseOptions{.equation = reader.text("equation", ""),
                         .output_shape = reader.shape("output_shape"),
                         .bias_axes = reader.text("bias_axes", ""),
                         .activation = reader.activation(),
                         .kernel_initializer = reader.initializer("kernel_initializer", {}),
                         .bias_initializer = reader.initializer("bias_initializer", Initializer::zeros()),
                         .name = reader.name()});
}

EinsumDense::Einsum EinsumDense::parsed(const Shape& input) const {
  const auto bad = [&](const std::string& why) {
    return UnsupportedError(where() + "equation '" + options_.equation + "' " + why);
  };
  std::string equation = options_.equation;
  const size_t comma = equation.find(','), arrow = equation.find("->");
  if (comma == equation.npos || arrow == equation.npos || comma > arrow)
    throw bad("is not 'input,kernel->result'");
  std::string from = equation.substr(0, comma), kernel = equation.substr(comma + 1, arrow - comma - 1);
  std::string to = equation.substr(arrow + 2);
  // "..." stands for the dimensions that the input has besides those that are named.
  for (std::string* letters : {&from, &to}) {
    const size_t dots = letters->find("...");
    if (dots == letters->npos) continue;
    const size_t named = from.find("...") == from.npos ? from.size() : from.size() - 3;
    std::string free;
    for (size_t i = 0; letters == &from && named + i < input.size(); ++i) free += static_cast<char>('0' + i);
    if (letters == &to)
      std::copy_if(from.begin(), from.end(), std::back_inserter(free),
                   [](char c) { return c >= '0' && c <= '9'; });
    letters->replace(dots, 3, free);
  }
  if (from.size() != input.size()) throw bad("does not fit the shape " + to_string(input));

  Einsum einsum;
  std::map<char, int64_t> sizes;
  for (size_t i = 0; i < from.size(); ++i) sizes[from[i]] = input[i];
  for (size_t i = 0; i < to.size(); ++i) {
    const size_t given = to.size() - options_.output_shape.size();
    if (!sizes.contains(to[i]) && i >= given) sizes[to[i]] = options_.output_shape[i - given];
  }
  const auto has = [](const std::string& letters, char c) { return letters.find(c) != letters.npos; };
  std::string kept, summed;
  for (const char c : from) {
    if (has(to, c)) kept += c;
  }
  for (const char c : kernel) {
    if (!sizes.contains(c) || sizes[c] < 1) throw bad("names a dimension of no definite size");
    einsum.kernel.push_back(sizes[c]);
    if (has(from, c) && has(to, c)) throw bad("has a kernel for each position, which is not supported");
    if (!has(from, c)) {
      einsum.new_letters += c;
      einsum.made *= sizes[c];
    } else if (einsum.new_letters.empty()) {
      summed += c;
      einsum.summed *= sizes[c];
    } else {
      throw bad("does not have the kernel's summed dimensions first, which is not supported");
    }
  }
  if (kept.size() + summed.size() != from.size() || kept.empty() || from.front() != kept.front()) {
    throw bad("sums over a dimension that the kernel does not have");
  }
  for (const char c : kept + summed) einsum.order.push_back(static_cast<int64_t>(from.find(c)));
  for (const char c : kept) einsum.kept.push_back(sizes[c]);
  for (const char c : kept + einsum.new_letters) einsum.laid_out.push_back(sizes[c]);
  for (const char c : to) {
    einsum.result_order.push_back(static_cast<int64_t>((kept + einsum.new_letters).find(c)));
    einsum.output.push_back(sizes[c]);
  }
  // A bias broadcasts from its first letter on.
  if (!options_.bias_axes.empty()) {
    for (size_t i = to.find(options_.bias_axes.front()); i < to.size(); ++i) {
      einsum.bias.push_back(has(options_.bias_axes, to[i]) ? sizes[to[i]] : 1);
    }
  }
  return einsum;
}

std::vector<Shape> EinsumDense::output_shapes(const std::vector<Shape>& inputs) const {
  return {parsed(single_input(inputs)).output};
}

void EinsumDense::expand(ops::Expansion& call) const {
  const Einsum einsum = parsed(call.shape(call.input()));
  Arithmetic make(call);
  // The summed dimensions last, in the kernel's order.
  ops::ValueId x = call.input();
  if (!std::is_sorted(einsum.order.begin(), einsum.order.end())) x = make.transpose(x, einsum.order);
  Shape rows(einsum.kept.begin(), einsum.kept.end());
  rows.push_back(einsum.summed);
  if (call.shape(x) != rows) x = make.reshape(x, rows);
  std::vector<ops::ValueId> inputs{x, call.weight("kernel", {einsum.summed, einsum.made})};
  const bool product_bias = !options_.bias_axes.empty() && options_.bias_axes == einsum.new_letters;
  if (product_bias) inputs.push_back(call.weight("bias", {einsum.made}));
  ops::ValueId y = call.add(ops::MatMul{}, std::move(inputs), "product");
  if (call.shape(y) != einsum.laid_out) y = make.reshape(y, einsum.laid_out);
  if (!std::is_sorted(einsum.result_order.begin(), einsum.result_order.end()))
    y = make.transpose(y, einsum.result_order);
  if (!options_.bias_axes.empty() && !product_bias) y = make.add(y, call.weight("bias"));
  call.output(activate(call, y, options_.activation));
}

void EinsumDense::build_weights(const std::vector<Shape>& inputs) {
  const Einsum einsum = parsed(inputs.front());
  add_weight("kernel", einsum.kernel, options_.kernel_initializer);
  if (!options_.bias_axes.empty()) add_weight("bias", einsum.bias, options_.bias_initializer);
}

Tensor einsum_dense(const Tensor& x, EinsumDenseOptions options) {
  return std::make_shared<EinsumDense>(std::move(options))->call(x);
}

}  // namespace nudge::layers
