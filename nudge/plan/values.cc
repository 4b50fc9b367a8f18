#include "nudge/plan/values.h"

#include <cstring>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/elementwise/add_to.h"
#include "nudge/kernels/elementwise/fake_quant.h"

namespace nudge::plan {
namespace {

constexpr int64_t kGrain = 1 << 15;

// Calls body(begin, end) for parts of n elements.
template <class Body>
void in_parts(int64_t n, const Body& body) {
  parallel_for(n, kGrain, body);
}

void convert(const kernels::ConstReals& from, int64_t n, const kernels::Reals& to) {
  in_parts(n, [&](int64_t begin, int64_t end) {
    const size_t count = static_cast<size_t>(end - begin);
    if (from.f32 != nullptr && to.f32 != nullptr) {
      std::memcpy(to.f32 + begin, from.f32 + begin, count * sizeof(float));
    } else if (from.bf16 != nullptr && to.bf16 != nullptr) {
      std::memcpy(to.bf16 + begin, from.bf16 + begin, count * sizeof(Bfloat16));
    } else if (from.f32 != nullptr) {
      kernels::round_to_bfloat16(from.f32 + begin, end - begin, to.bf16 + begin);
    } else {
      kernels::widen(from.bf16 + begin, end - begin, to.f32 + begin);
    }
  });
}

// to += from; a gradient in bfloat16 takes both.
void add(const kernels::ConstReals& from, int64_t n, const kernels::Reals& to) {
  in_parts(n, [&](int64_t begin, int64_t end) {
    const int64_t count = end - begin;
    if (to.f32 != nullptr) {
      kernels::add_to(from.f32 + begin, count, to.f32 + begin);
    } else if (from.f32 != nullptr) {
      kernels::add_to_bfloat16(from.f32 + begin, count, to.bf16 + begin);
    } else {
      kernels::add_to_bfloat16(from.bf16 + begin, count, to.bf16 + begin);
    }
  });
}

}  // namespace

ValueId Values::add(ValueSpec spec) {
  states_.emplace_back();
  states_.back().spec = std::move(spec);
  return static_cast<ValueId>(states_.size()) - 1;
}

void Values::begin(int64_t batch, bool free_unused) {
  batch_ = batch;
  for (size_t i = 0; i < states_.size(); ++i) {
    State& value = states_[i];
    forget(static_cast<ValueId>(i));
    release_gradient(static_cast<ValueId>(i));
    value.bound_gradient = nullptr;
    if (value.spec.weight != nullptr) {
      Weight& weight = *value.spec.weight;
      if (weight.value.shape() != weight.shape) {
        throw ShapeError("weight '" + value.spec.name + "' holds an array of shape " +
                         to_string(weight.value.shape()) + ", expected " + to_string(weight.shape));
      }
      value.data = weight.value.data<float>();
    }
  }
  if (free_unused) pool_.free_unused();
}

Shape Values::shape(ValueId id) const {
  const ValueSpec& value = spec(id);
  const bool batched = !value.shape.empty() && value.shape[0] == kUnknown;
  return batched ? with_batch(value.shape, batch_) : value.shape;
}

int64_t Values::count(ValueId id) const { return element_count(shape(id)); }

Values::State& Values::resolved(ValueId id) {
  while (state(id).source >= 0) id = state(id).source;
  return state(id);
}

const Values::State& Values::resolved(ValueId id) const {
  while (state(id).source >= 0) id = state(id).source;
  return state(id);
}

void Values::bind(ValueId id, float* data) { state(id).data = data; }

void Values::reserve(Buffer& buffer, size_t bytes) {
  if (buffer.capacity() >= bytes && buffer.capacity() > 0) return;
  pool_.release(std::exchange(buffer, Buffer()));
  buffer = pool_.acquire(bytes);
}

void Values::release(ValueId id) {
  State& value = state(id);
  if (value.spec.weight == nullptr && value.source < 0) forget(id);
}

Values::State& Values::forget(ValueId id) {
  State& value = state(id);
  for (Buffer* buffer : {&value.memory, &value.bfloat16_memory, &value.code_memory}) {
    pool_.release(std::exchange(*buffer, Buffer()));
  }
  value.source = -1;
  value.data = nullptr;
  value.bfloat16 = nullptr;
  value.codes = nullptr;
  return value;
}

float* Values::write(ValueId id) {
  State& value = forget(id);
  value.coded = false;
  reserve(value.memory, static_cast<size_t>(count(id)) * sizeof(float));
  return value.data = value.memory.as<float>();
}

Bfloat16* Values::write_bfloat16(ValueId id) {
  State& value = forget(id);
  value.coded = false;
  reserve(value.bfloat16_memory, static_cast<size_t>(count(id)) * sizeof(Bfloat16));
  return value.bfloat16 = value.bfloat16_memory.as<Bfloat16>();
}

uint8_t* Values::write_codes(ValueId id, const kernels::Grid& grid) {
  State& value = forget(id);
  value.grid = grid;
  value.coded = true;
  reserve(value.code_memory, static_cast<size_t>(count(id)));
  return value.codes = value.code_memory.as<uint8_t>();
}

void Values::alias(ValueId id, ValueId source) { forget(id).source = source; }

bool Values::written(ValueId id) const {
  const State& value = resolved(id);
  return value.data != nullptr || value.bfloat16 != nullptr || value.codes != nullptr;
}

const float* Values::read(ValueId id) {
  State& value = resolved(id);
  if (value.data == nullptr) {
    if (!written(id)) throw ValueError("value '" + value.spec.name + "' was read before it was made");
    const int64_t n = count(id);
    reserve(value.memory, static_cast<size_t>(n) * sizeof(float));
    value.data = value.memory.as<float>();
    if (value.codes != nullptr) {
      kernels::dequantize(value.codes, n, value.grid, value.data);
    } else {
      convert(value.bfloat16, n, value.data);
    }
  }
  return value.data;
}

const Bfloat16* Values::read_bfloat16(ValueId id) {
  State& value = resolved(id);
  if (value.bfloat16 == nullptr) {
    const float* floats = read(id);
    const int64_t n = count(id);
    reserve(value.bfloat16_memory, static_cast<size_t>(n) * sizeof(Bfloat16));
    value.bfloat16 = value.bfloat16_memory.as<Bfloat16>();
    convert(floats, n, value.bfloat16);
  }
  return value.bfloat16;
}

kernels::Operand Values::operand(ValueId id) {
  if (const uint8_t* coded = codes(id)) return {.codes = coded, .grid = grid(id)};
  if (spec(id).bf16) return {.values = read_bfloat16(id)};
  return {.values = read(id)};
}

kernels::Reals Values::write_kept(ValueId id) {
  if (spec(id).bf16) return write_bfloat16(id);
  return write(id);
}

float* Values::read_mutable(ValueId id) {
  read(id);
  return resolved(id).data;
}

const uint8_t* Values::codes(ValueId id) const { return resolved(id).codes; }

const kernels::Grid& Values::grid(ValueId id) const { return resolved(id).grid; }

void Values::bind_gradient(ValueId id, float* gradient) {
  state(id).bound_gradient = gradient;
  state(id).bound_gradient_taken = false;
}

bool Values::has_gradient(ValueId id) const { return static_cast<bool>(state(id).gradient); }

const float* Values::gradient(ValueId id) {
  State& value = state(id);
  if (value.gradient.bf16 == nullptr) return value.gradient.f32;
  const int64_t n = count(id);
  if (value.widened_gradient.capacity() == 0) {
    value.widened_gradient = pool_.acquire(static_cast<size_t>(n) * sizeof(float));
  }
  convert(value.gradient.bf16, n, value.widened_gradient.as<float>());
  return value.widened_gradient.as<float>();
}

void Values::release_gradient(ValueId id) {
  State& value = state(id);
  for (Buffer* buffer : {&value.gradient_memory, &value.widened_gradient}) {
    pool_.release(std::exchange(*buffer, Buffer()));
  }
  value.gradient = {};
}

Values::Share Values::begin_gradient(ValueId id) {
  State& value = state(id);
  if (value.bound_gradient != nullptr && !value.bound_gradient_taken) {
    value.bound_gradient_taken = true;
    return {.id = id, .data = value.bound_gradient, .buffer = {}};
  }
  Buffer buffer = pool_.acquire(static_cast<size_t>(count(id)) * sizeof(float));
  float* data = buffer.as<float>();
  return {.id = id, .data = data, .buffer = std::move(buffer)};
}

Values::Share Values::begin_kept_gradient(ValueId id) {
  if (!spec(id).bf16) return begin_gradient(id);
  Buffer buffer = pool_.acquire(static_cast<size_t>(count(id)) * sizeof(Bfloat16));
  Bfloat16* data = buffer.as<Bfloat16>();
  return {.id = id, .data = data, .buffer = std::move(buffer)};
}

void Values::end_gradient(Share share) {
  State& value = state(share.id);
  if (share.data.f32 != nullptr && share.data.f32 == value.bound_gradient) {
    value.gradient = share.data;
    return;
  }
  if (!value.gradient && value.spec.bf16 && share.data.f32 != nullptr) {
    Share rounded = begin_kept_gradient(share.id);
    convert(share.data, count(share.id), rounded.data);
    std::swap(share, rounded);
    pool_.release(std::move(rounded.buffer));
  }
  if (!value.gradient) {
    value.gradient = share.data;
    value.gradient_memory = std::move(share.buffer);
  } else {
    nudge::plan::add(share.data, count(share.id), value.gradient);
    pool_.release(std::move(share.buffer));
  }
}

void Values::pass_gradient(ValueId from, ValueId to) {
  State& giver = state(from);
  const State& taker = state(to);
  const bool same_form = (giver.gradient.bf16 != nullptr) == taker.spec.bf16;
  if (taker.bound_gradient == nullptr && same_form && giver.gradient_memory.capacity() > 0) {
    const kernels::Reals gradient = std::exchange(giver.gradient, {});
    end_gradient({.id = to, .data = gradient, .buffer = std::exchange(giver.gradient_memory, Buffer())});
  } else {
    add_gradient(to, giver.gradient);
    release_gradient(from);
  }
}

void Values::add_gradient(ValueId id, const kernels::ConstReals& gradient) {
  Share share = begin_kept_gradient(id);
  convert(gradient, count(id), share.data);
  end_gradient(std::move(share));
}

}  // namespace nudge::plan
