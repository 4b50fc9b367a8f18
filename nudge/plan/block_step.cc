#include "nudge/plan/block_step.h"

#include <array>
#include <optional>

#include "nudge/kernels/block.h"
#include "nudge/kernels/fake_quant.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/block_activation.h"
#include "nudge/plan/fake_quant_step.h"

namespace nudge::plan {
namespace {

using kernels::BlockOptions;

void set_window(BlockOptions& block, const layers::Window& window) {
  const auto rows = window.rows(block.in_height);
  const auto columns = window.columns(block.in_width);
  block.kernel_height = window.size.height;
  block.kernel_width = window.size.width;
  block.stride_height = window.strides.height;
  block.stride_width = window.strides.width;
  block.dilation_height = window.dilation.height;
  block.dilation_width = window.dilation.width;
  block.pad_top = rows.before;
  block.pad_bottom = rows.after;
  block.pad_left = columns.before;
  block.pad_right = columns.after;
}

bool set_product(BlockOptions& block, const Layer& layer) {
  if (const auto* conv = dynamic_cast<const layers::Conv2D*>(&layer)) {
    block.product = kernels::Product::kConv2D;
    set_window(block, conv->window());
    return conv->options().use_bias;
  }
  if (const auto* depthwise = dynamic_cast<const layers::DepthwiseConv2D*>(&layer)) {
    block.product = kernels::Product::kDepthwiseConv2D;
    set_window(block, depthwise->window());
    return depthwise->options().use_bias;
  }
  block.product = kernels::Product::kDense;
  return dynamic_cast<const layers::Dense&>(layer).options().use_bias;
}

// Where the block finds its weights among the values; -1: there is none.
struct WeightIds {
  ValueId kernel = -1, bias = -1, gamma = -1, beta = -1, moving_mean = -1, moving_variance = -1;
};

struct Parts {
  BlockOptions options;
  WeightIds weights;
  ValueId input = -1;
  ValueId output = -1;
  std::string name;
  bool trainable = true;  // of the BatchNormalization
  quantize::Range* weight_range = nullptr;
  quantize::Range* output_range = nullptr;
};

Parts parts_of(const Program& program, const BlockRun& run) {
  const auto operation = [&](int i) -> const Operation& {
    return program.operations[static_cast<size_t>(i)];
  };
  const Operation& product = operation(run.product);
  const Operation& last = operation(run.last());
  Parts parts{.input = product.inputs[0], .output = last.output, .name = product.name};
  BlockOptions& block = parts.options;

  const Shape in = program.values.spec(product.inputs[0]).shape;
  const bool image = dynamic_cast<const layers::Dense*>(product.layer) == nullptr;
  block.in_channels = in.back();
  block.in_height = image ? in[1] : 1;
  block.in_width = image ? in[2] : 1;
  block.out_channels = program.values.spec(product.output).shape.back();
  block.bias = set_product(block, *product.layer);
  parts.weights.kernel = product.inputs[1];
  if (block.bias) parts.weights.bias = product.inputs[2];

  if (run.padding >= 0) {
    const Operation& padding = operation(run.padding);
    const auto& zeros = dynamic_cast<const layers::ZeroPadding2D&>(*padding.layer).options();
    parts.input = padding.inputs[0];
    block.in_height -= zeros.top + zeros.bottom;
    block.in_width -= zeros.left + zeros.right;
    block.pad_top += zeros.top;
    block.pad_bottom += zeros.bottom;
    block.pad_left += zeros.left;
    block.pad_right += zeros.right;
  }
  if (run.weight_quantizer >= 0) {
    const Operation& quantizer = operation(run.weight_quantizer);
    parts.weights.kernel = quantizer.inputs[0];
    parts.weight_range = quantizer.range;
    block.quantize_weights = true;
    block.per_channel = quantizer.range->count() > 1 || block.out_channels == 1;
    block.weight_bits = quantizer.range->quantizer().options().num_bits;
  }
  if (run.batch_norm >= 0) {
    const Operation& norm = operation(run.batch_norm);
    const auto& options = dynamic_cast<const layers::BatchNormalization&>(*norm.layer).options();
    block.batch_norm = true;
    block.epsilon = static_cast<float>(options.epsilon);
    block.momentum = options.momentum;
    size_t next = 1;
    if (options.scale) parts.weights.gamma = norm.inputs[next++];
    if (options.center) parts.weights.beta = norm.inputs[next++];
    parts.weights.moving_mean = norm.inputs[next++];
    parts.weights.moving_variance = norm.inputs[next];
    parts.trainable = norm.trainable;
    parts.name += " + " + norm.name;
  }
  if (run.activation >= 0) {
    const Operation& activation = operation(run.activation);
    block.activation = *block_activation(activation);
    if (activation.name != product.name) parts.name += " + " + activation.name;
  }
  if (run.output_quantizer >= 0) {
    parts.output_range = operation(run.output_quantizer).range;
    block.track_range = true;
  }
  // A product keeps the rank, and with it the form: its input's is the same.
  block.bf16 = program.values.spec(parts.output).bf16;
  return parts;
}

class BlockStep : public Step {
 public:
  explicit BlockStep(const Parts& parts)
      : Step(parts.name, "block", {parts.input}, parts.output), parts_(parts), block_(parts.options) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const bool moves = context.mode == Mode::kTraining || context.mode == Mode::kCalibration;
    // Where ranges stand still the weights are put on the grids of their stored ranges, which a later
    // optimizer step may have left behind.
    const bool stored_weights = parts_.weight_range != nullptr && !moves;
    kernels::Block& block = stored_weights ? block_of_values() : block_;
    kernels::BlockWeights weights = weights_of(values);
    if (stored_weights) weights.kernel = quantized_kernel(values);
    if (parts_.weight_range != nullptr && moves) {
      observe(*parts_.weight_range, weights.kernel, values.count(parts_.weights.kernel));
    }

    const int64_t batch = rows(values);
    const kernels::BlockInput input = values.operand(parts_.input);
    const size_t width = parts_.options.bf16 ? sizeof(Bfloat16) : sizeof(float);
    saved_.reserve(static_cast<size_t>(block.saved_size(batch)) * width);
    const bool training = context.batch_statistics() && parts_.trainable;
    const MovingAverages kept = averages_of(values);
    const kernels::Range seen = block.forward_product(input, weights, batch, training, saved());
    if (training && context.statistics_momentum) {
      move_averages(values, kept, block, *context.statistics_momentum);
    }
    if (parts_.output_range == nullptr) {
      block.forward_apply({.values = values.write_kept(output())});
      return;
    }
    if (moves) parts_.output_range->observe(std::array{seen.min}, std::array{seen.max});
    if (context.mode == Mode::kCalibration) {
      block.forward_apply({.values = values.write_kept(output())});
      return;
    }
    const kernels::Grid grid = parts_.output_range->grid();
    block.forward_apply({.codes = values.write_codes(output(), grid), .grid = &grid});
  }

  void backward(StepContext& context) override {
    Values& values = context.values;
    std::vector<Values::Share> shares;
    const auto share = [&](ValueId id) -> kernels::Reals {
      if (id < 0 || !values.spec(id).needs_gradient) return {};
      shares.push_back(values.begin_kept_gradient(id));
      return shares.back().data;
    };
    const WeightIds& ids = parts_.weights;
    const kernels::BlockGradients gradients{.kernel = share(ids.kernel).f32,
                                            .bias = share(ids.bias).f32,
                                            .gamma = share(ids.gamma).f32,
                                            .beta = share(ids.beta).f32};
    const kernels::Reals dx = share(parts_.input);
    block_.backward(values.operand(parts_.input), weights_of(values), values.kept_gradient(output()),
                    gradients, dx);
    for (Values::Share& given : shares) values.end_gradient(std::move(given));
  }

 private:
  struct MovingAverages {
    std::vector<float> mean, variance;
  };

  MovingAverages averages_of(Values& values) const {
    if (!parts_.options.batch_norm) return {};
    const float* mean = values.read(parts_.weights.moving_mean);
    const float* variance = values.read(parts_.weights.moving_variance);
    const int64_t n = parts_.options.out_channels;
    return {.mean = {mean, mean + n}, .variance = {variance, variance + n}};
  }

  // The block moves its averages with the layer's own momentum; this is the same with another one.
  void move_averages(Values& values, const MovingAverages& before, const kernels::Block& block,
                     double momentum) {
    if (!parts_.options.batch_norm) return;
    float* mean = values.read_mutable(parts_.weights.moving_mean);
    float* variance = values.read_mutable(parts_.weights.moving_variance);
    for (size_t c = 0; c < before.mean.size(); ++c) {
      mean[c] = kernels::moved_average(before.mean[c], block.batch_mean()[c], momentum);
      variance[c] = kernels::moved_average(before.variance[c], block.batch_variance()[c], momentum);
    }
  }

  kernels::Reals saved() const {
    return parts_.options.bf16 ? kernels::Reals(saved_.as<Bfloat16>()) : kernels::Reals(saved_.as<float>());
  }

  int64_t rows(const Values& values) const { return values.count(parts_.input) / block_.input_size(1); }

  kernels::BlockWeights weights_of(Values& values) const {
    const auto read = [&](ValueId id) { return id < 0 ? nullptr : values.read_mutable(id); };
    const WeightIds& ids = parts_.weights;
    return {.kernel = read(ids.kernel),
            .bias = read(ids.bias),
            .gamma = read(ids.gamma),
            .beta = read(ids.beta),
            .moving_mean = read(ids.moving_mean),
            .moving_variance = read(ids.moving_variance)};
  }

  const float* quantized_kernel(Values& values) {
    const int64_t n = values.count(parts_.weights.kernel);
    std::vector<kernels::Grid> grids;
    for (size_t i = 0; i < parts_.weight_range->count(); ++i) grids.push_back(parts_.weight_range->grid(i));
    const auto channels = static_cast<int64_t>(grids.size());
    quantized_kernel_.reserve(static_cast<size_t>(n) * sizeof(float));
    kernels::fake_quantize(values.read(parts_.weights.kernel),
                           {.outer = n / channels, .channels = channels, .inner = 1}, grids,
                           quantized_kernel_.as<float>());
    return quantized_kernel_.as<float>();
  }

  kernels::Block& block_of_values() {
    if (!block_of_values_) {
      BlockOptions options = parts_.options;
      options.quantize_weights = false;
      block_of_values_.emplace(options);
    }
    return *block_of_values_;
  }

  Parts parts_;
  kernels::Block block_;
  std::optional<kernels::Block> block_of_values_;
  Buffer saved_;
  Buffer quantized_kernel_;
};

}  // namespace

StepPtr make_block_step(const Program& program, const BlockRun& run) {
  return std::make_unique<BlockStep>(parts_of(program, run));
}

}  // namespace nudge::plan
