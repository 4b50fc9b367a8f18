#include "nudge/kernels/block/block.h"

#include <string>

#include "nudge/base/cpu.h"
#include "nudge/base/error.h"
#include "nudge/kernels/block/block_state.h"

namespace nudge::kernels {

namespace {

Arithmetic arithmetic_of(const BlockOptions& o) {
  if (o.bf16) return Arithmetic::kBfloat16;
  return o.quantize_weights && cpu_features().amx ? Arithmetic::kTwoBfloat16 : Arithmetic::kFloat32;
}

}  // namespace

Block::State::State(const BlockOptions& o)
    : options(o),
      geometry(o),
      product(make_convolution(geometry, arithmetic_of(o))),
      channels(o.out_channels),
      scale(static_cast<size_t>(channels), 1.0f),
      shift(scale.size()),
      gain(scale.size()),
      offset(scale.size()),
      inverse_deviation(scale.size(), 1.0f) {
  if (o.quantize_weights) {
    quantized = std::make_unique<QuantizedKernel>(geometry, o.per_channel, o.weight_bits);
  }
  if (o.batch_norm) {
    mean.resize(scale.size());
    variance.resize(scale.size());
  }
}

void Block::State::check_format(const ConstReals& reals, const char* what) const {
  if (options.bf16 ? reals.bf16 == nullptr : reals.f32 == nullptr) {
    throw ValueError(std::string("block: ") + what + " must be in " +
                     (options.bf16 ? "bfloat16" : "float32"));
  }
}

void Block::State::check(const BlockInput& given, const Reals& place) const {
  if (static_cast<bool>(given.values) == (given.codes != nullptr)) {
    throw ValueError("block: the input is either values or codes, given both or none");
  }
  if (given.values) check_format(given.values, "the input");
  if (options.product != BlockProduct::kNone && !made_again(given, batch)) check_format(place, "the product");
}

bool Block::State::made_again(const BlockInput& given, int64_t images) const {
  // Beyond a second-level cache.
  constexpr int64_t kFloats = int64_t{1} << 19;
  const int64_t few_terms = cpu_features().amx ? 256 : 64;
  return given.codes != nullptr && options.quantize_weights && !options.bf16 && geometry.pointwise &&
         integer_products_are_fast() && geometry.in_channels <= few_terms &&
         images * geometry.out_pixels() * channels > kFloats;
}

Block::Block(const BlockOptions& options) : state_(std::make_unique<State>(options)) {}
Block::~Block() = default;
Block::Block(Block&&) noexcept = default;
Block& Block::operator=(Block&&) noexcept = default;

const BlockOptions& Block::options() const { return state_->options; }
int64_t Block::out_height() const { return state_->geometry.out_height; }
int64_t Block::out_width() const { return state_->geometry.out_width; }
int64_t Block::input_size(int64_t batch) const { return batch * state_->geometry.in_image(); }
int64_t Block::output_size(int64_t batch) const {
  return batch * state_->geometry.out_pixels() * state_->channels;
}
int64_t Block::saved_size(int64_t batch, const BlockInput& input) const {
  return state_->options.product == BlockProduct::kNone || state_->made_again(input, batch)
             ? 0
             : output_size(batch);
}
int64_t Block::kernel_size() const { return state_->geometry.kernel_size(); }

std::span<const Grid> Block::weight_grids() const {
  return state_->quantized ? state_->quantized->grids() : std::span<const Grid>{};
}
std::span<const float> Block::batch_mean() const { return state_->mean; }
std::span<const float> Block::batch_variance() const { return state_->variance; }

}  // namespace nudge::kernels
