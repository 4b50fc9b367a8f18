#include "nudge/convert/product.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/convert/emit.h"
#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/quantize/placed_program.h"

namespace nudge::convert {
namespace {

// (rest, channels) -> (channels, rest)
template <typename T>
std::vector<T> channel_first(std::span<const T> values, size_t channels) {
  const size_t rest = channels == 0 ? 0 : values.size() / channels;
  std::vector<T> result(values.size());
  for (size_t r = 0; r < rest; ++r) {
    for (size_t c = 0; c < channels; ++c) result[c * rest + r] = values[r * channels + c];
  }
  return result;
}

// What the file holds, from (channels, rest).
template <typename T>
Array to_file(const Product& product, const std::vector<T>& values) {
  const size_t channels = static_cast<size_t>(product.channels);
  if (product.layout == WeightLayout::kChannelFirst || channels == 0) {
    return Array::of<T>(product.file_shape, values);
  }
  return Array::of<T>(product.file_shape,
                      channel_first(std::span<const T>(values), values.size() / channels));
}

std::vector<kernels::Grid> grids_of(const quantize::Range& range) {
  std::vector<kernels::Grid> grids;
  for (size_t i = 0; i < range.count(); ++i) {
    const kernels::Grid grid = range.grid(i);
    if (grid.qmin - grid.zero_point < -128 || grid.qmax - grid.zero_point > 127) {
      throw UnsupportedError("quantizer '" + range.name() +
                             "': .tflite weights are int8 around zero; convert needs at most 8 bits and "
                             "symmetric true");
    }
    grids.push_back(grid);
  }
  return grids;
}

// The ranges go over the last axes: element i is on grid i % n.
kernels::ChannelView view_of(const Array& kernel, const std::vector<kernels::Grid>& grids) {
  const auto n = static_cast<int64_t>(grids.size());
  return {.outer = kernel.size() / n, .channels = n, .inner = 1};
}

std::span<const float> bias_of(const Product& product) {
  return product.bias.empty() ? std::span<const float>{} : product.bias.span<float>();
}

struct Constants {
  int32_t weights;
  int32_t bias;
};

// Signed codes, (rest, channels), and a scale a channel.  Codes that training has computed with are whole;
// after calibration alone `exact` ones are not yet rounded.
struct Codes {
  std::vector<float> codes;
  std::vector<float> scales;
};

std::vector<float> exact_codes(const Product& product, const std::vector<kernels::Grid>& grids) {
  std::vector<float> codes(static_cast<size_t>(product.kernel.size()));
  for (size_t i = 0; i < codes.size(); ++i) {
    const kernels::Grid& grid = grids[i % grids.size()];
    if (grid.degenerate()) continue;
    codes[i] = std::clamp(product.kernel.data<float>()[i] / grid.scale,
                          static_cast<float>(grid.qmin - grid.zero_point),
                          static_cast<float>(grid.qmax - grid.zero_point));
  }
  return codes;
}

Codes codes_of(const Product& product, bool exact) {
  const auto channels = static_cast<size_t>(product.channels);
  Codes result{std::vector<float>(static_cast<size_t>(product.kernel.size()), 127.0f),
               std::vector<float>(channels, 1.0f / 127.0f)};
  if (product.all_ones) return result;
  const auto grids = grids_of(*product.kernel_range);
  for (size_t c = 0; c < channels; ++c) result.scales[c] = grids[c % grids.size()].scale;
  if (exact) {
    result.codes = exact_codes(product, grids);
    return result;
  }
  std::vector<int8_t> codes(result.codes.size());
  kernels::quantize(product.kernel.data<float>(), view_of(product.kernel, grids), grids, codes.data());
  // int8 weights have no zero point: the code that stands for zero becomes 0.
  for (size_t i = 0; i < result.codes.size(); ++i) {
    const kernels::Grid& grid = grids[i % grids.size()];
    result.codes[i] = static_cast<float>(grid.degenerate() ? 0 : codes[i] + 128 - grid.zero_point);
  }
  return result;
}

// Nothing where the output's grid is too fine for 8-bit kernels.
std::optional<IntegerProduct> integer_product(const Product& product, const CodeGrid& input,
                                              const CodeGrid& output, bool portable) {
  // Weights that move to another scale and never computed with their codes are rounded once, there.
  const bool exact = portable && product.kernel_range != nullptr && !product.kernel_range->trained();
  const Codes codes = codes_of(product, exact);
  const auto first = channel_first(std::span<const float>(codes.codes), codes.scales.size());
  IntegerProduct folded =
      fold(first, codes.scales, bias_of(product), product.affine, input, output, portable);
  const auto reaches = [&](float scale) {
    return within_reach(static_cast<double>(input.scale) * static_cast<double>(scale),
                        static_cast<double>(output.scale));
  };
  if (!std::all_of(folded.scales.begin(), folded.scales.end(), reaches)) return std::nullopt;
  return folded;
}

Constants integer_constants(Emitter& emitter, const Product& product, const IntegerProduct& folded,
                            float input_scale) {
  const int32_t dimension =
      product.layout == WeightLayout::kChannelFirst ? 0 : static_cast<int32_t>(product.file_shape.size()) - 1;
  std::vector<float> scales = folded.scales;
  // A mean's thousands of channels are all alike.
  if (product.all_ones && std::equal(scales.begin() + 1, scales.end(), scales.begin())) scales.resize(1);
  std::vector<float> bias_scales;
  for (const float scale : scales) bias_scales.push_back(input_scale * scale);
  return {emitter.add_constant(product.name + "/kernel", to_file(product, folded.codes),
                               tflite::per_channel(scales, dimension)),
          emitter.add_constant(product.name + "/bias", Array::of<int32_t>({product.channels}, folded.bias),
                               tflite::per_channel(bias_scales, 0))};
}

// Where all weights of a channel are of one size its scale says nothing of how coarse they are.
void add_moves(Emitter& emitter, const Product& product, const IntegerProduct& folded) {
  if (product.all_ones || product.kernel.size() == product.channels) return;
  for (int64_t c = 0; c < product.channels; ++c) {
    emitter.add_scale_move({product.name, c, folded.moves[static_cast<size_t>(c)]});
  }
}

Constants float_constants(Emitter& emitter, const Product& product) {
  Array kernel = product.kernel.clone();
  if (product.kernel_range != nullptr) {
    const auto grids = grids_of(*product.kernel_range);
    kernels::fake_quantize(product.kernel.data<float>(), view_of(kernel, grids), grids, kernel.data<float>());
  }
  const auto first =
      channel_first(std::span<const float>(kernel.span<float>()), static_cast<size_t>(product.channels));
  const FloatProduct folded = fold(first, bias_of(product), product.affine);
  return {emitter.add_constant(product.name + "/kernel", to_file(product, folded.weights)),
          emitter.add_constant(product.name + "/bias", Array::of<float>({product.channels}, folded.bias))};
}

// In the operator's order; a transposed convolution is told the shape that it makes.
std::vector<int32_t> operands(Emitter& emitter, tflite::BuiltinOperator op, int32_t input,
                              const Constants& constants, const std::string& name, const Shape& shape) {
  if (op != tflite::BuiltinOperator::kTransposeConv) return {input, constants.weights, constants.bias};
  std::vector<int32_t> sizes{1};
  for (size_t i = 1; i < shape.size(); ++i) sizes.push_back(static_cast<int32_t>(shape[i]));
  return {emitter.add_constant(name + "/shape", Array::of<int32_t>({4}, sizes)), constants.weights, input,
          constants.bias};
}

// Sets the fused activation in whichever options struct the operator has.
tflite::Options with_activation(tflite::Options options, tflite::FusedActivation activation) {
  std::visit(
      [&](auto& value) {
        if constexpr (requires { value.activation; }) value.activation = activation;
      },
      options);
  return options;
}

}  // namespace

Affine affine_of(const Emitter& emitter, const ops::Operation& normalize) {
  const auto& options = *normalize.as<ops::Normalize>();
  size_t next = 1;
  const auto value = [&](bool present) {
    return present ? emitter.weight(normalize.inputs.at(next++)).value : Array();
  };
  const Array gamma = value(options.scale), beta = value(options.center), mean = value(true);
  return affine_of(gamma, beta, mean, value(true), options.epsilon);
}

Product product_of(const Emitter& emitter, const Run& run, int64_t channels, Shape file_shape,
                   WeightLayout layout) {
  const std::vector<ops::ValueId>& inputs = run.inputs();
  Product product;
  product.name = quantize::computing_layer(*run.head->layer).name();
  product.kernel = emitter.weight(inputs[1]).value;
  if (inputs.size() > 2) product.bias = emitter.weight(inputs[2]).value;
  product.kernel_range = emitter.range_of(inputs[1]);
  product.channels = channels;
  product.file_shape = std::move(file_shape);
  product.layout = layout;
  product.affine = run.normalize == nullptr ? Affine::identity(static_cast<size_t>(channels))
                                            : affine_of(emitter, *run.normalize);
  return product;
}

Product window_sum(const std::string& name, int64_t height, int64_t width, Affine affine) {
  Product product;
  product.name = name;
  product.all_ones = true;
  product.channels = static_cast<int64_t>(affine.multiplier.size());
  product.kernel = Array::full<float>({height * width * product.channels}, 1.0f);
  product.file_shape = {1, height, width, product.channels};
  product.layout = WeightLayout::kChannelLast;
  product.affine = std::move(affine);
  return product;
}

void emit_product(Emitter& emitter, const Run& run, const Product& product, tflite::BuiltinOperator op,
                  const tflite::Options& options, const Shape& input_shape, const Shape& made_shape) {
  // What the operator makes, where that is not yet the run's output.
  const Shape& head_shape = emitter.shape(run.head->output);
  const bool reshaped_behind = made_shape.empty() && head_shape != emitter.shape(run.output);
  const Shape& output_shape = reshaped_behind ? head_shape : made_shape;
  const ops::ValueId source = run.input();
  const auto fused = fused_form(run.activation);
  const auto grid = emitter.grid_of(run.output);
  std::optional<IntegerProduct> integer;
  CodeGrid input_grid;
  if (emitter.is_integer(source) && grid && (product.kernel_range != nullptr || product.all_ones)) {
    input_grid = code_grid(emitter.quantization(emitter.integer(source)));
    integer = integer_product(product, input_grid, code_grid(*grid), emitter.portable_scales());
    if (integer && emitter.portable_scales()) add_moves(emitter, product, *integer);
  }

  const std::string& name = run.name;
  int32_t input = integer ? emitter.integer(source) : emitter.real(source);
  if (!input_shape.empty()) input = emitter.reshaped(input, name + "/input", input_shape);
  const Constants constants = integer ? integer_constants(emitter, product, *integer, input_grid.scale)
                                      : float_constants(emitter, product);
  const Shape& shape = output_shape.empty() ? emitter.shape(run.output) : output_shape;
  int32_t result = emitter.add_operator(
      op, operands(emitter, op, input, constants, name, shape),
      fused && output_shape.empty() ? name : name + "/product", shape, integer ? grid : std::nullopt,
      with_activation(options, fused.value_or(tflite::FusedActivation::kNone)));
  if (!output_shape.empty()) result = emitter.reshaped(result, name, emitter.shape(run.output));
  if (!fused) {
    if (!integer && grid) result = emitter.requantized(result, *grid);
    result = emit_activation(emitter, run.activation, result, name, grid, ops::Program::where(*run.head));
  }
  emitter.finish(run.output, result);
}

}  // namespace nudge::convert
