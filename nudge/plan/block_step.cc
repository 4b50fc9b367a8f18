#include "nudge/plan/block_step.h"

#include <array>
#include <optional>
#include <utility>

#include "nudge/kernels/block/block.h"
#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/plan/fake_quant_step.h"
#include "nudge/plan/relu.h"

namespace nudge::plan {
namespace {

using kernels::BlockOptions;

void set_window(BlockOptions& block, const ops::Window& window) {
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

void set_product(BlockOptions& block, const ops::Operation& product) {
  block.product = kernels::BlockProduct::kDense;
  if (const auto* conv = product.as<ops::Conv2D>()) {
    block.product = kernels::BlockProduct::kConv2D;
    set_window(block, conv->window);
  } else if (const auto* depthwise = product.as<ops::DepthwiseConv2D>()) {
    block.product = kernels::BlockProduct::kDepthwiseConv2D;
    set_window(block, depthwise->window);
  }
}

// What the block's own weight quantizer computes: symmetric, narrow, from the weights of the step.
bool is_block_weight_range(const quantize::Range& range, int64_t channels) {
  const quantize::Quantizer& quantizer = range.quantizer();
  const quantize::QuantizerOptions& options = quantizer.options();
  const auto count = static_cast<int64_t>(range.count());
  return quantizer.class_name() == "LastValueQuantizer" && options.symmetric && options.narrow_range &&
         options.num_bits >= 2 && options.num_bits <= 8 && (count == 1 || count == channels);
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

void set_normalization(Parts& parts, const ops::Operation& operation) {
  const ops::Normalize& options = *operation.as<ops::Normalize>();
  parts.options.batch_norm = true;
  parts.options.epsilon = static_cast<float>(options.epsilon);
  parts.options.momentum = options.momentum;
  size_t next = 1;
  if (options.scale) parts.weights.gamma = operation.inputs[next++];
  if (options.center) parts.weights.beta = operation.inputs[next++];
  parts.weights.moving_mean = operation.inputs[next++];
  parts.weights.moving_variance = operation.inputs[next];
  parts.trainable = operation.trainable;
}

Parts parts_of(const Lowered& lowered, const ops::Block& run) {
  const auto operation = [&](int i) -> const ops::Operation& {
    return lowered.program.operations[static_cast<size_t>(i)];
  };
  const ops::Operation& head = operation(run.head);
  Parts parts{.input = head.inputs[0], .output = operation(run.last()).output, .name = head.name};
  BlockOptions& block = parts.options;

  const Shape in = lowered.values.spec(head.inputs[0]).shape;
  block.in_channels = in.back();
  block.out_channels = lowered.values.spec(head.output).shape.back();
  if (head.is<ops::Normalize>()) {
    block.product = kernels::BlockProduct::kNone;
    set_normalization(parts, head);
  } else if (const auto relu = kernel_activation(head)) {
    block.product = kernels::BlockProduct::kNone;
    block.activation = *relu;
  } else {
    const bool image = !head.is<ops::MatMul>();
    block.in_height = image ? in[1] : 1;
    block.in_width = image ? in[2] : 1;
    set_product(block, head);
    block.bias = head.inputs.size() > 2;
    parts.weights.kernel = head.inputs[1];
    if (block.bias) parts.weights.bias = head.inputs[2];
  }

  if (run.pad >= 0) {
    const ops::Operation& padding = operation(run.pad);
    const ops::Pad& zeros = *padding.as<ops::Pad>();
    parts.input = padding.inputs[0];
    block.in_height -= zeros.top + zeros.bottom;
    block.in_width -= zeros.left + zeros.right;
    block.pad_top += zeros.top;
    block.pad_bottom += zeros.bottom;
    block.pad_left += zeros.left;
    block.pad_right += zeros.right;
  }
  if (run.weight_quantizer >= 0) {
    const ops::Operation& quantizer = operation(run.weight_quantizer);
    parts.weights.kernel = quantizer.inputs[0];
    parts.weight_range = lowered.range(quantizer);
    block.quantize_weights = true;
    block.per_channel = parts.weight_range->count() > 1 || block.out_channels == 1;
    block.weight_bits = parts.weight_range->quantizer().options().num_bits;
  }
  if (run.normalize >= 0) {
    set_normalization(parts, operation(run.normalize));
    parts.name += " + " + operation(run.normalize).name;
  }
  if (run.activation >= 0) {
    const ops::Operation& activation = operation(run.activation);
    block.activation = *kernel_activation(activation);
    if (activation.name != head.name) parts.name += " + " + activation.name;
  }
  if (run.quantizer >= 0) {
    parts.output_range = lowered.range(operation(run.quantizer));
    block.track_range = true;
  }
  // A block keeps the rank, and with it the form: its input's is the same.
  block.bf16 = lowered.values.spec(parts.output).bf16;
  return parts;
}

class BlockStep : public Step {
 public:
  explicit BlockStep(const Parts& parts)
      : Step(parts.name, parts.options.product == kernels::BlockProduct::kNone ? "grid" : "block",
             {parts.input}, parts.output),
        parts_(parts),
        block_(parts.options),
        learns_(parts.output_range != nullptr && parts.output_range->quantizer().learns()) {}

  void forward(StepContext& context) override {
    compute(context);
    const bool returns = context.mode == Mode::kTraining && context.values.spec(output()).needs_gradient;
    if (!returns) context.values.pool().release(std::exchange(saved_, Buffer()));
  }

  std::vector<ValueId> backward_reads() const override { return learns_ ? Step::backward_reads() : inputs(); }

  void backward(StepContext& context) override {
    Values& values = context.values;
    std::vector<Values::Share> shares;
    const auto share = [&](ValueId id) -> kernels::Reals {
      if (id < 0 || !values.spec(id).needs_gradient) return {};
      shares.push_back(values.begin_kept_gradient(id));
      return shares.back().data;
    };
    const WeightIds& ids = parts_.weights;
    kernels::BlockGradients gradients{.kernel = share(ids.kernel).f32,
                                      .bias = share(ids.bias).f32,
                                      .gamma = share(ids.gamma).f32,
                                      .beta = share(ids.beta).f32};
    kernels::RangeGradient of_range;
    const bool learns = learns_ && parts_.output_range->learns();
    if (learns) {
      gradients.range = &of_range;
      gradients.codes = values.codes(output());
    }
    const kernels::Reals dx = share(parts_.input);
    block_.backward(values.operand(parts_.input), weights_of(values), values.kept_gradient(output()),
                    gradients, dx);
    for (Values::Share& given : shares) values.end_gradient(std::move(given));
    if (learns) parts_.output_range->add_gradient(of_range);
    values.pool().release(std::exchange(saved_, Buffer()));
  }

 private:
  void compute(StepContext& context) {
    Values& values = context.values;
    const bool moves = context.mode == Mode::kTraining || context.mode == Mode::kCalibration;
    // Where ranges stand still the weights are put on the grids of their stored ranges, which a later
    // optimizer step may have left behind.
    const bool stored_weights = parts_.weight_range != nullptr && !moves;
    kernels::Block& block = stored_weights ? block_of_values() : block_;
    kernels::BlockWeights weights = weights_of(values);
    if (stored_weights) weights.kernel = quantized_kernel(values);
    if (parts_.weight_range != nullptr && moves) {
      parts_.weight_range->observe_values(
          {weights.kernel, static_cast<size_t>(values.count(parts_.weights.kernel))});
    }

    const int64_t batch = rows(values);
    const kernels::BlockInput input = values.operand(parts_.input);
    const size_t width = parts_.options.bf16 ? sizeof(Bfloat16) : sizeof(float);
    values.pool().release(std::exchange(saved_, Buffer()));  // of a pass that never went back
    const int64_t size = block.saved_size(batch, input);
    if (size > 0) saved_ = values.pool().acquire(static_cast<size_t>(size) * width);
    const bool training = context.batch_statistics() && parts_.trainable;
    const MovingAverages kept = averages_of(values);
    const kernels::MinMax seen = block.forward_product(input, weights, batch, training, saved(size));
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

  kernels::Reals saved(int64_t size) const {
    if (size == 0) return {};
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
  bool learns_;  // its codes stay for the range's gradient
  std::optional<kernels::Block> block_of_values_;
  Buffer saved_;
  Buffer quantized_kernel_;
};

}  // namespace

std::optional<ops::Block> computable_block(const Lowered& lowered, ops::Block block) {
  const auto operation = [&](int i) -> const ops::Operation& {
    return lowered.program.operations[static_cast<size_t>(i)];
  };
  const ops::Operation& head = operation(block.head);
  const auto* conv = head.as<ops::Conv2D>();
  if (head.is<ops::ConvTranspose2D>() || (conv != nullptr && conv->groups != 1)) return std::nullopt;
  const int64_t channels = lowered.values.spec(head.output).shape.back();
  if (block.weight_quantizer >= 0 &&
      !is_block_weight_range(*lowered.range(operation(block.weight_quantizer)), channels)) {
    return std::nullopt;
  }
  if (block.activation >= 0 && !kernel_activation(operation(block.activation))) {
    block = block.without_activation();
  }
  if (block.quantizer >= 0) {
    const ops::Operation& quantizer = operation(block.quantizer);
    if (!makes_codes(quantizer, *lowered.range(quantizer))) block.quantizer = -1;
  }
  if (block.last() < block.reshape) block.reshape = -1;
  return block;
}

StepPtr make_block_step(const Lowered& lowered, const ops::Block& block) {
  return std::make_unique<BlockStep>(parts_of(lowered, block));
}

}  // namespace nudge::plan
