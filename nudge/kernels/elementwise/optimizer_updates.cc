#include "nudge/kernels/elementwise/optimizer_updates.h"

#include "nudge/base/threads.h"
#include "nudge/kernels/cpu/dispatch-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/kernels/elementwise/optimizer_updates.cc"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "nudge/kernels/cpu/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nudge::kernels::HWY_NAMESPACE {

// Multiplications and additions stay apart, as in the formulas: the folder is compiled without contraction.

void sgd(const Update& of, const SgdUpdate& by, int64_t begin, int64_t end) {
  for_each_vector(end - begin, [&](auto d, int64_t at) HWY_ATTR {
    const int64_t i = begin + at;
    const auto moved = hn::Mul(hn::Set(d, by.rate), hn::LoadU(d, of.gradients + i));
    const auto w = hn::LoadU(d, of.weights + i);
    if (by.velocity == nullptr) {
      hn::StoreU(hn::Sub(w, moved), d, of.weights + i);
      return;
    }
    const auto momentum = hn::Set(d, by.momentum);
    const auto v = hn::Sub(hn::Mul(momentum, hn::LoadU(d, by.velocity + i)), moved);
    hn::StoreU(v, d, by.velocity + i);
    hn::StoreU(hn::Add(w, by.nesterov ? hn::Sub(hn::Mul(momentum, v), moved) : v), d, of.weights + i);
  });
}

void rmsprop(const Update& of, const RmspropUpdate& by, int64_t begin, int64_t end) {
  for_each_vector(end - begin, [&](auto d, int64_t at) HWY_ATTR {
    const int64_t i = begin + at;
    const auto rho = hn::Set(d, by.rho), rest = hn::Set(d, 1.0f - by.rho);
    const auto g = hn::LoadU(d, of.gradients + i), w = hn::LoadU(d, of.weights + i);
    const auto v = hn::Add(hn::Mul(rho, hn::LoadU(d, by.velocity + i)), hn::Mul(hn::Mul(rest, g), g));
    auto spread = v;
    if (by.mean != nullptr) {
      const auto mean = hn::Add(hn::Mul(rho, hn::LoadU(d, by.mean + i)), hn::Mul(rest, g));
      hn::StoreU(mean, d, by.mean + i);
      spread = hn::Sub(spread, hn::Mul(mean, mean));
    }
    auto step = hn::Div(hn::Mul(hn::Set(d, by.rate), g), hn::Sqrt(hn::Add(spread, hn::Set(d, by.epsilon))));
    if (by.moved != nullptr) {
      step = hn::Add(hn::Mul(hn::Set(d, by.momentum), hn::LoadU(d, by.moved + i)), step);
      hn::StoreU(step, d, by.moved + i);
    }
    hn::StoreU(v, d, by.velocity + i);
    hn::StoreU(hn::Sub(w, step), d, of.weights + i);
  });
}

void adam(const Update& of, const AdamUpdate& by, int64_t begin, int64_t end) {
  for_each_vector(end - begin, [&](auto d, int64_t at) HWY_ATTR {
    const int64_t i = begin + at;
    const auto g = hn::LoadU(d, of.gradients + i), w = hn::LoadU(d, of.weights + i);
    const auto m = hn::LoadU(d, by.momentum + i), v = hn::LoadU(d, by.velocity + i);
    const auto new_m = hn::Add(m, hn::Mul(hn::Sub(g, m), hn::Set(d, by.by_gradient)));
    const auto new_v = hn::Add(v, hn::Mul(hn::Sub(hn::Mul(g, g), v), hn::Set(d, by.by_square)));
    const auto spread = hn::Add(hn::Sqrt(new_v), hn::Set(d, by.epsilon));
    const auto step = hn::Div(hn::Mul(new_m, hn::Set(d, by.rate)), spread);
    hn::StoreU(new_m, d, by.momentum + i);
    hn::StoreU(new_v, d, by.velocity + i);
    hn::StoreU(hn::Sub(w, step), d, of.weights + i);
  });
}

}  // namespace nudge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::kernels {
namespace {

HWY_EXPORT(sgd);
HWY_EXPORT(rmsprop);
HWY_EXPORT(adam);

constexpr int64_t kGrain = 1 << 15;  // weights worth a thread

}  // namespace

void update(const Update& of, const SgdUpdate& by) {
  parallel_for(of.n, kGrain, [&](int64_t begin, int64_t end) { NUDGE_DISPATCH(sgd)(of, by, begin, end); });
}

void update(const Update& of, const RmspropUpdate& by) {
  parallel_for(of.n, kGrain, [&](int64_t begin, int64_t end) {
    NUDGE_DISPATCH(rmsprop)(of, by, begin, end);
  });
}

void update(const Update& of, const AdamUpdate& by) {
  parallel_for(of.n, kGrain, [&](int64_t begin, int64_t end) { NUDGE_DISPATCH(adam)(of, by, begin, end); });
}

}  // namespace nudge::kernels
#endif
