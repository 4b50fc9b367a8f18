// The values of a plan: what its steps read and write, with their gradients.
//
// A value is an activation (batch first) or a weight.  It lives as float32, as bfloat16 or as codes of an
// 8-bit grid: a step asks for the form that it computes with, and what is not there is made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nudge/base/shape.h"
#include "nudge/graph/layer.h"
#include "nudge/kernels/values/operand.h"
#include "nudge/ops/program.h"
#include "nudge/plan/buffer.h"

namespace nudge::plan {

using ops::ValueId;

struct ValueSpec {
  std::string name;
  Shape shape;                  // the batch is kUnknown
  Weight* weight = nullptr;     // what a weight's value is bound to
  bool needs_gradient = false;  // false: backward stops here
  bool bf16 = false;            // its gradient is kept in bfloat16
};

using kernels::Bfloat16;

class Values {
 public:
  ValueId add(ValueSpec spec);
  const ValueSpec& spec(ValueId id) const { return state(id).spec; }
  // Before the first begin().
  void keep_in_bfloat16(ValueId id) { state(id).spec.bf16 = true; }
  void require_gradient(ValueId id) { state(id).spec.needs_gradient = true; }
  size_t size() const { return states_.size(); }

  // Starts a forward pass: forgets every value and gradient and reads the weights' arrays anew, since
  // loading a file may have replaced them.  `free_unused`: memory that the pass before did not use is freed.
  void begin(int64_t batch, bool free_unused = false);
  int64_t batch() const { return batch_; }
  Shape shape(ValueId id) const;
  int64_t count(ValueId id) const;

  // Floats that somebody else owns and keeps until the next begin().
  void bind(ValueId id, float* data);
  // Memory for the value, undefined at first.
  float* write(ValueId id);
  Bfloat16* write_bfloat16(ValueId id);
  uint8_t* write_codes(ValueId id, const kernels::Grid& grid);
  // From here on `id` is `source` under another name or shape.
  void alias(ValueId id, ValueId source);

  bool written(ValueId id) const;
  // Nobody reads the value any more in this pass: its memory is for others.  A weight, a bound value and an
  // alias own none.
  void release(ValueId id);
  const float* read(ValueId id);
  const Bfloat16* read_bfloat16(ValueId id);
  // In the form that the value is kept in.
  kernels::Operand operand(ValueId id);
  kernels::Reals write_kept(ValueId id);
  // For state that steps update in place: a weight bound to its array.
  float* read_mutable(ValueId id);
  // Whether the value was last written as codes; it may be released.
  bool coded(ValueId id) const { return resolved(id).coded; }
  // Null when the value is no codes.
  const uint8_t* codes(ValueId id) const;
  const kernels::Grid& grid(ValueId id) const;

  // Where the gradient of a weight goes.
  void bind_gradient(ValueId id, float* gradient);
  bool has_gradient(ValueId id) const;
  // What consumers gave so far, as floats or as it is kept.
  const float* gradient(ValueId id);
  kernels::ConstReals kept_gradient(ValueId id) const { return state(id).gradient; }
  void release_gradient(ValueId id);

  // One consumer's share of a gradient: overwrite `data`, then give it back to end_gradient(), which keeps
  // it or adds it to what others gave.
  struct Share {
    ValueId id;
    kernels::Reals data;
    Buffer buffer;  // empty when data is the gradient's final place
  };
  Share begin_gradient(ValueId id);  // floats
  Share begin_kept_gradient(ValueId id);
  void end_gradient(Share share);
  // The whole gradient of `from` goes to `to`; nothing is left of it.
  void pass_gradient(ValueId from, ValueId to);
  // A copy, added to what is there.
  void add_gradient(ValueId id, const kernels::ConstReals& gradient);

  // Memory within one step.
  BufferPool& pool() { return pool_; }

 private:
  struct State {
    ValueSpec spec;
    Buffer memory;
    Buffer bfloat16_memory;
    Buffer code_memory;
    bool coded = false;
    float* data = nullptr;
    Bfloat16* bfloat16 = nullptr;
    uint8_t* codes = nullptr;
    kernels::Grid grid;
    ValueId source = -1;  // alias

    kernels::Reals gradient;
    Buffer gradient_memory;
    Buffer widened_gradient;  // for a step that computes in floats
    float* bound_gradient = nullptr;
    bool bound_gradient_taken = false;
  };
  State& state(ValueId id) { return states_[static_cast<size_t>(id)]; }
  const State& state(ValueId id) const { return states_[static_cast<size_t>(id)]; }
  State& forget(ValueId id);  // in every form
  // Memory of the pool that holds this many bytes.
  void reserve(Buffer& buffer, size_t bytes);
  const State& resolved(ValueId id) const;
  State& resolved(ValueId id);

  std::vector<State> states_;
  BufferPool pool_;
  int64_t batch_ = 0;
};

}  // namespace nudge::plan
