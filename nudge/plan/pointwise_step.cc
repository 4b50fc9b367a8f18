#include "nudge/plan/pointwise_step.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "nudge/base/threads.h"
#include "nudge/kernels/channels/min_max.h"
#include "nudge/kernels/elementwise/code_table.h"
#include "nudge/kernels/elementwise/fake_quant.h"
#include "nudge/kernels/elementwise/sigmoid.h"
#include "nudge/plan/pointwise_function.h"

namespace nudge::plan {
namespace {

constexpr int64_t kChunk = 2048;

// An operation of the chain, on registers: the root is register 0, the i-th operation makes register i + 1.
struct Link {
  ops::Primitive primitive;
  size_t a = 0, b = 0;
  quantize::Range* range = nullptr;  // of a Quantize
  kernels::Grid grid;                // of the running step
};

// Registers for `n` numbers at a time, with the derivative of each by the root.
class Registers {
 public:
  Registers(size_t links, int64_t n, bool slopes)
      : n_(n), values_((links + 1) * size()), slopes_(slopes ? values_.size() : 0) {
    if (slopes) std::fill_n(slope(0), n, 1.0f);
  }

  int64_t capacity() const { return n_; }
  bool has_slopes() const { return !slopes_.empty(); }
  float* value(size_t i) { return values_.data() + i * size(); }
  float* slope(size_t i) { return slopes_.data() + i * size(); }

 private:
  size_t size() const { return static_cast<size_t>(n_); }

  int64_t n_;
  std::vector<float> values_, slopes_;
};

struct Pair {
  float value, slope_a, slope_b;
};

Pair combined(ops::Combination how, float a, float b) {
  switch (how) {
    case ops::Combination::kSubtract:
      return {a - b, 1.0f, -1.0f};
    case ops::Combination::kMultiply:
      return {a * b, b, a};
    case ops::Combination::kMaximum:
    case ops::Combination::kMinimum: {
      const bool first = how == ops::Combination::kMaximum ? a > b : a < b;
      const float share = a == b ? 0.5f : first ? 1.0f : 0.0f;
      return {first ? a : b, share, 1.0f - share};
    }
    default:
      return {a + b, 1.0f, 1.0f};
  }
}

class PointwiseStep : public Step {
 public:
  PointwiseStep(std::string name, ValueId root, ValueId output, std::vector<Link> links)
      : Step(std::move(name), "grid", {root}, output), links_(std::move(links)) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    moves_ = context.mode == Mode::kTraining || context.mode == Mode::kCalibration;
    rounds_ = context.mode != Mode::kCalibration;
    if (const uint8_t* codes = values.codes(inputs()[0])) {
      forward_codes(values, codes);
    } else {
      forward_floats(values);
    }
  }

  std::vector<ValueId> backward_reads() const override { return inputs(); }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const ValueId root = inputs()[0];
    const int64_t n = values.count(output());
    const uint8_t* codes = values.codes(root);
    if (codes != nullptr && values.spec(root).bf16 == values.spec(output()).bf16) {
      Values::Share share = values.begin_kept_gradient(root);
      kernels::look_up_gradient(codes, n, slopes_, values.kept_gradient(output()), share.data);
      return values.end_gradient(std::move(share));
    }
    Values::Share share = values.begin_gradient(root);
    const float* dy = values.gradient(output());
    if (codes != nullptr) {
      kernels::look_up_gradient(codes, n, slopes_, dy, share.data);
    } else {
      const kernels::Operand x = values.operand(root);
      for_each_chunk(n, true, [&](Registers& registers, int64_t at, int64_t count) {
        evaluate(x, at, count, links_.size(), registers);
        const float* slope = registers.slope(links_.size());
        for (int64_t i = 0; i < count; ++i) share.data.f32[at + i] = dy[at + i] * slope[i];
      });
    }
    values.end_gradient(std::move(share));
  }

 private:
  // Whether the result is on a grid of the chain's.
  const Link* final_grid() const {
    return rounds_ && links_.back().range != nullptr ? &links_.back() : nullptr;
  }

  void forward_codes(Values& values, const uint8_t* codes) {
    const int64_t n = values.count(output());
    const kernels::CodeTable<float> table = kernels::values_of_codes(values.grid(inputs()[0]));
    const kernels::CodeTable<bool> among = kernels::codes_among(codes, n);
    Registers registers(links_.size(), 256, true);
    std::copy(table.begin(), table.end(), registers.value(0));
    for (size_t i = 0; i < links_.size(); ++i) {
      if (links_[i].range != nullptr) {
        const float* x = registers.value(links_[i].a);
        set_grid(links_[i], [&] {
          std::vector<float> present;
          for (size_t code = 0; code < 256; ++code) {
            if (among[code]) present.push_back(x[code]);
          }
          return kernels::min_max_of(present.data(), static_cast<int64_t>(present.size()));
        });
      }
      compute(i, 256, false, registers);
    }
    std::copy_n(registers.slope(links_.size()), 256, slopes_.begin());
    const float* result = registers.value(links_.size());
    if (const Link* last = final_grid()) {
      kernels::CodeTable<uint8_t> to_codes{};
      kernels::quantize(registers.value(last->a), 256, last->grid, to_codes.data());
      return kernels::look_up(codes, n, to_codes, values.write_codes(output(), last->grid));
    }
    kernels::CodeTable<float> to_values{};
    std::copy_n(result, 256, to_values.begin());
    kernels::look_up(codes, n, to_values, values.write_kept(output()));
  }

  void forward_floats(Values& values) {
    const int64_t n = values.count(output());
    const kernels::Operand x = values.operand(inputs()[0]);
    // A grid follows all of the tensor before anything behind it is computed.
    for (size_t i = 0; i < links_.size(); ++i) {
      if (links_[i].range != nullptr) set_grid(links_[i], [&] { return range_before(x, n, i); });
    }
    if (const Link* last = final_grid()) {
      uint8_t* codes = values.write_codes(output(), last->grid);
      return for_each_chunk(n, false, [&](Registers& registers, int64_t at, int64_t count) {
        evaluate(x, at, count, links_.size() - 1, registers);
        kernels::quantize(registers.value(last->a), count, last->grid, codes + at);
      });
    }
    const kernels::Reals y = values.write_kept(output());
    for_each_chunk(n, false, [&](Registers& registers, int64_t at, int64_t count) {
      evaluate(x, at, count, links_.size(), registers);
      const float* result = registers.value(links_.size());
      y.f32 != nullptr ? static_cast<void>(std::copy_n(result, count, y.f32 + at))
                       : kernels::round_to_bfloat16(result, count, y.bf16 + at);
    });
  }

  // `seen` gives the extremes of what the quantizer sees.
  template <class Seen>
  void set_grid(Link& link, const Seen& seen) {
    if (moves_) {
      const bool follows = link.range->quantizer().has_range();
      const kernels::MinMax extremes = follows ? seen() : kernels::MinMax{};
      link.range->observe(std::array{extremes.min}, std::array{extremes.max});
    }
    if (rounds_) link.grid = link.range->grid();
  }

  kernels::MinMax range_before(const kernels::Operand& x, int64_t n, size_t link) {
    std::vector<kernels::MinMax> ranges(static_cast<size_t>((n + kChunk - 1) / kChunk));
    for_each_chunk(n, false, [&](Registers& registers, int64_t at, int64_t count) {
      evaluate(x, at, count, link, registers);
      ranges[static_cast<size_t>(at / kChunk)] = kernels::min_max_of(registers.value(links_[link].a), count);
    });
    constexpr float kAbove = std::numeric_limits<float>::infinity();
    kernels::MinMax range{kAbove, -kAbove};
    for (const kernels::MinMax& of : ranges) {
      if (std::isnan(of.min)) return of;
      range = {std::min(range.min, of.min), std::max(range.max, of.max)};
    }
    return range;
  }

  // Calls body(registers, first, count) for chunks of n elements.
  template <class Body>
  void for_each_chunk(int64_t n, bool slopes, const Body& body) const {
    parallel_for((n + kChunk - 1) / kChunk, 2, [&](int64_t begin, int64_t end) {
      Registers registers(links_.size(), kChunk, slopes);
      for (int64_t chunk = begin; chunk < end; ++chunk) {
        body(registers, chunk * kChunk, std::min(kChunk, n - chunk * kChunk));
      }
    });
  }

  // The first `links` registers behind the root, of `count` elements of x.
  void evaluate(const kernels::Operand& x, int64_t at, int64_t count, size_t links,
                Registers& registers) const {
    if (x.values.f32 != nullptr) {
      std::copy_n(x.values.f32 + at, count, registers.value(0));
    } else {
      kernels::widen(x.values.bf16 + at, count, registers.value(0));
    }
    for (size_t i = 0; i < links; ++i) compute(i, count, true, registers);
  }

  // `fast`: by the vectors of this processor.  Tables are made by functions that give all processors the
  // same.
  void compute(size_t i, int64_t n, bool fast, Registers& registers) const {
    const Link& link = links_[i];
    const float *a = registers.value(link.a), *b = registers.value(link.b);
    float* y = registers.value(i + 1);
    const bool slopes = registers.has_slopes();
    const float* slope_a = slopes ? registers.slope(link.a) : nullptr;
    const float* slope_b = slopes ? registers.slope(link.b) : nullptr;
    float* slope = slopes ? registers.slope(i + 1) : nullptr;
    const auto follow = [&] {
      for (int64_t k = 0; slopes && k < n; ++k) slope[k] *= slope_a[k];
    };
    if (const auto* activate = std::get_if<ops::Activate>(&link.primitive)) {
      if (fast && activate->activation.function == ops::Function::kSigmoid) {
        kernels::sigmoid(a, n, y);
        for (int64_t k = 0; slopes && k < n; ++k) slope[k] = y[k] * (1.0f - y[k]);
      } else {
        apply_pointwise(activate->activation, a, n, y, slope);
      }
      follow();
    } else if (const auto* rescale = std::get_if<ops::Rescale>(&link.primitive)) {
      const auto scale = static_cast<float>(rescale->scale[0]),
                 offset = static_cast<float>(rescale->offset[0]);
      for (int64_t k = 0; k < n; ++k) y[k] = a[k] * scale + offset;
      for (int64_t k = 0; slopes && k < n; ++k) slope[k] = slope_a[k] * scale;
    } else if (const auto* combine = std::get_if<ops::Combine>(&link.primitive)) {
      for (int64_t k = 0; k < n; ++k) y[k] = combined(combine->how, a[k], b[k]).value;
      for (int64_t k = 0; slopes && k < n; ++k) {
        const Pair pair = combined(combine->how, a[k], b[k]);
        slope[k] = pair.slope_a * slope_a[k] + pair.slope_b * slope_b[k];
      }
    } else if (!rounds_) {
      std::copy_n(a, n, y);
      if (slopes) std::copy_n(slope_a, n, slope);
    } else {
      kernels::fake_quantize(a, n, link.grid, y);
      if (slopes) kernels::fake_quantize_gradient(a, slope_a, n, link.grid, slope);
    }
  }

  std::vector<Link> links_;
  bool moves_ = false;
  bool rounds_ = true;
  kernels::CodeTable<float> slopes_{};  // of the last forward on codes
};

}  // namespace

StepPtr make_pointwise_step(const Lowered& lowered, const PointwiseChain& chain) {
  std::vector<Link> links;
  std::map<ValueId, size_t> registers{{chain.root, 0}};
  for (const size_t member : chain.members) {
    const ops::Operation& operation = lowered.program.operations[member];
    Link link{.primitive = operation.primitive, .a = registers.at(operation.inputs[0])};
    link.b = operation.inputs.size() > 1 ? registers.at(operation.inputs[1]) : link.a;
    link.range = lowered.range(operation);
    links.push_back(std::move(link));
    registers.emplace(operation.output, links.size());
  }
  const ops::Operation& first = lowered.program.operations[chain.members.front()];
  const ops::Operation& last = lowered.program.operations[chain.members.back()];
  return std::make_unique<PointwiseStep>(first.name, chain.root, last.output, std::move(links));
}

}  // namespace nudge::plan
