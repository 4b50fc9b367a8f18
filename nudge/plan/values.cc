#include "nudge/plan/values.h"

#include <cstring>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/fake_quant.h"

namespace nudge::plan {
namespace {

constexpr int64_t kGrain = 1 << 15;

void copy(const float* from, float* to, int64_t n) {
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    std::memcpy(to + begin, from + begin, static_cast<size_t>(end - begin) * sizeof(float));
  });
}

void add(const float* from, float* to, int64_t n) {
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] += from[i];
  });
}

}  // namespace

ValueId Values::add(ValueSpec spec) {
  states_.emplace_back();
  states_.back().spec = std::move(spec);
  return static_cast<ValueId>(states_.size()) - 1;
}

void Values::begin(int64_t batch) {
  batch_ = batch;
  for (size_t i = 0; i < states_.size(); ++i) {
    State& value = states_[i];
    value.data = nullptr;
    value.codes = nullptr;
    value.source = -1;
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

float* Values::write(ValueId id) {
  State& value = state(id);
  value.source = -1;
  value.codes = nullptr;
  value.written_as_floats = true;
  value.memory.reserve(static_cast<size_t>(count(id)) * sizeof(float));
  return value.data = value.memory.as<float>();
}

uint8_t* Values::write_codes(ValueId id, const kernels::Grid& grid) {
  State& value = state(id);
  value.source = -1;
  value.data = nullptr;
  value.grid = grid;
  // Calibration left floats four times the size; floats that were made from codes will be needed again.
  if (std::exchange(value.written_as_floats, false)) value.memory = Buffer();
  value.code_memory.reserve(static_cast<size_t>(count(id)));
  return value.codes = value.code_memory.as<uint8_t>();
}

void Values::alias(ValueId id, ValueId source) {
  State& value = state(id);
  value.source = source;
  value.data = nullptr;
  value.codes = nullptr;
}

bool Values::written(ValueId id) const {
  const State& value = resolved(id);
  return value.data != nullptr || value.codes != nullptr;
}

const float* Values::read(ValueId id) {
  State& value = resolved(id);
  if (value.data == nullptr) {
    if (value.codes == nullptr)
      throw ValueError("value '" + value.spec.name + "' was read before it was made");
    const int64_t n = count(id);
    value.memory.reserve(static_cast<size_t>(n) * sizeof(float));
    kernels::dequantize(value.codes, n, value.grid, value.memory.as<float>());
    value.data = value.memory.as<float>();
  }
  return value.data;
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

void Values::release_gradient(ValueId id) {
  State& value = state(id);
  if (value.gradient_memory.capacity() > 0) pool_.release(std::exchange(value.gradient_memory, Buffer()));
  value.gradient = nullptr;
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

void Values::end_gradient(Share share) {
  State& value = state(share.id);
  if (share.data == value.bound_gradient) {
    value.gradient = share.data;
  } else if (value.gradient == nullptr) {
    value.gradient = share.data;
    value.gradient_memory = std::move(share.buffer);
  } else {
    nudge::plan::add(share.data, value.gradient, count(share.id));
    pool_.release(std::move(share.buffer));
  }
}

void Values::pass_gradient(ValueId from, ValueId to) {
  State& giver = state(from);
  const State& taker = state(to);
  if (taker.bound_gradient == nullptr && giver.gradient_memory.capacity() > 0) {
    float* gradient = std::exchange(giver.gradient, nullptr);
    end_gradient({.id = to, .data = gradient, .buffer = std::exchange(giver.gradient_memory, Buffer())});
  } else {
    add_gradient(to, giver.gradient);
    release_gradient(from);
  }
}

void Values::add_gradient(ValueId id, const float* gradient) {
  Share share = begin_gradient(id);
  copy(gradient, share.data, count(id));
  end_gradient(std::move(share));
}

}  // namespace nudge::plan
