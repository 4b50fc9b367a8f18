#include "nudge/base/threads.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <thread>

#include "nudge/base/cpu_quota.h"
#include "nudge/base/error.h"

namespace nudge {
namespace {

// A thread whose core is shared with another program takes fewer parts than the others.
constexpr int kPartsEach = 4;

int& configured() {
  static int count = [] {
    const int processors = omp_get_num_procs();
    const double granted = cpu_quota().value_or(processors);
    // More threads than there is time for would be stopped in the middle of their parts.
    const int threads = std::clamp(static_cast<int>(std::ceil(granted)), 1, std::max(processors, 1));
    if (threads < processors) omp_set_num_threads(threads);
    return threads;
  }();
  return count;
}

}  // namespace

void set_thread_count(int count) {
  if (count < 1) throw ValueError("the number of threads must be at least 1, given " + std::to_string(count));
  configured() = count;
  omp_set_num_threads(count);
}

int thread_count() { return configured(); }

void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  if (n <= 0) return;
  const int threads = thread_count();
  const int64_t most = n / std::max<int64_t>(grain, 1);
  const int parts = static_cast<int>(std::min<int64_t>(threads * kPartsEach, most));
  if (parts <= 1 || threads == 1 || omp_in_parallel()) {
    body(0, n);
    return;
  }
  std::exception_ptr failure;
#pragma omp parallel for num_threads(std::min(parts, threads)) schedule(dynamic, 1)
  for (int part = 0; part < parts; ++part) {
    try {
      body(n * part / parts, n * (part + 1) / parts);
    } catch (...) {
#pragma omp critical(nudge_parallel_for)
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nudge
