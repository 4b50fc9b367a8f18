#include "nudge/plan/frame_step.h"

#include <algorithm>
#include <array>
#include <optional>

#include "nudge/base/threads.h"

namespace nudge::plan {
namespace {

constexpr int64_t kFrameGrain = 1 << 15;

// Behind the batch: rows, columns, channels.
using Box = std::array<int64_t, 3>;

// Where a small tensor lies in a large one.
struct Frame {
  Box large, small, at;

  int64_t row(const Box& of) const { return of[1] * of[2]; }
};

// Calls body(start of the part in the large tensor, start in the small one) for runs of small[2] elements.
template <typename Body>
void for_each_run(const Frame& f, int64_t batch, const Body& body) {
  const int64_t grain = std::max<int64_t>(1, kFrameGrain / std::max<int64_t>(1, f.row(f.small)));
  parallel_for(batch * f.small[0], grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t large_row = row / f.small[0] * f.large[0] + f.at[0] + row % f.small[0];
      for (int64_t column = 0; column < f.small[1]; ++column) {
        body((large_row * f.large[1] + f.at[1] + column) * f.large[2] + f.at[2],
             (row * f.small[1] + column) * f.small[2]);
      }
    }
  });
}

template <typename T>
void cut_out(const Frame& f, int64_t batch, const T* large, T* small) {
  for_each_run(f, batch,
               [&](int64_t from, int64_t to) { std::copy_n(large + from, f.small[2], small + to); });
}

template <typename T>
void put_in(const Frame& f, int64_t batch, T zero, const T* small, T* large) {
  const int64_t rows = batch * f.large[0], row = f.row(f.large);
  parallel_for(
      rows, std::max<int64_t>(1, kFrameGrain / std::max<int64_t>(1, row)),
      [&](int64_t begin, int64_t end) { std::fill_n(large + begin * row, (end - begin) * row, zero); });
  for_each_run(f, batch,
               [&](int64_t to, int64_t from) { std::copy_n(small + from, f.small[2], large + to); });
}

class FrameStep : public Step {
 public:
  FrameStep(const ops::Operation& operation, const Frame& frame, bool grows)
      : Step(operation.name, "grid", operation.inputs, operation.output), frame_(frame), grows_(grows) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const ValueId input = inputs()[0];
    const kernels::Operand x = values.operand(input);
    if (x.codes != nullptr) {
      const auto zero = static_cast<uint8_t>(x.grid.zero_point);
      return move(grows_, values.batch(), zero, x.codes, values.write_codes(output(), x.grid));
    }
    move_reals(grows_, values.batch(), x.values, values.write_kept(output()));
  }

  std::vector<ValueId> backward_reads() const override { return {}; }

  void backward(StepContext& context) override {
    Values& values = context.values;
    Values::Share share = values.begin_kept_gradient(inputs()[0]);
    move_reals(!grows_, values.batch(), values.kept_gradient(output()), share.data);
    values.end_gradient(std::move(share));
  }

 private:
  template <typename T>
  void move(bool grows, int64_t batch, T zero, const T* from, T* to) const {
    grows ? put_in(frame_, batch, zero, from, to) : cut_out(frame_, batch, from, to);
  }
  void move_reals(bool grows, int64_t batch, const kernels::ConstReals& from,
                  const kernels::Reals& to) const {
    if (from.bf16 != nullptr) {
      move(grows, batch, Bfloat16{}, from.bf16, to.bf16);
    } else {
      move(grows, batch, 0.0f, from.f32, to.f32);
    }
  }

  Frame frame_;
  bool grows_;
};

// Of a shape with the batch first and at most three dimensions behind it.
std::optional<Box> box_of(const Shape& shape) {
  if (shape.size() < 2 || shape.size() > 4 || shape[0] != kUnknown) return std::nullopt;
  Box box{1, 1, 1};
  std::copy(shape.begin() + 1, shape.end(), box.end() - (static_cast<int64_t>(shape.size()) - 1));
  if (std::any_of(box.begin(), box.end(), [](int64_t size) { return size <= 0; })) return std::nullopt;
  return box;
}

}  // namespace

StepPtr make_frame_step(const ops::Operation& operation, const Values& values) {
  const auto* pad = operation.as<ops::Pad>();
  const auto* slice = operation.as<ops::Slice>();
  if (pad == nullptr && slice == nullptr) return nullptr;
  const auto from = box_of(values.spec(operation.inputs[0]).shape),
             to = box_of(values.spec(operation.output).shape);
  if (!from || !to) return nullptr;
  if (pad != nullptr) {
    const Frame frame{.large = *to, .small = *from, .at = {pad->top, pad->left, 0}};
    return std::make_unique<FrameStep>(operation, frame, true);
  }
  Frame frame{.large = *from, .small = *to, .at = {0, 0, 0}};
  for (size_t i = 1; i < slice->parts.size(); ++i) {
    const ops::Slice::Part& part = slice->parts[i];
    if (part.count == kUnknown) continue;
    if (part.stride != 1 && part.count > 1) return nullptr;
    frame.at[3 - (slice->parts.size() - i)] = part.begin;
  }
  return std::make_unique<FrameStep>(operation, frame, false);
}

}  // namespace nudge::plan
