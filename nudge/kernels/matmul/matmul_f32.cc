#include "nudge/kernels/matmul/matmul_f32.h"

#include <dnnl.h>
#include <omp.h>

#include <optional>
#include <string>

#include "nudge/base/error.h"
#include "nudge/kernels/cpu/cpu_limit.h"
#include "nudge/kernels/cpu/parts.h"

namespace nudge::kernels {
namespace {

void check(dnnl_status_t status, int64_t m, int64_t n, int64_t k) {
  if (status == dnnl_success) return;
  throw UnsupportedError("oneDNN cannot multiply matrices of " + std::to_string(m) + " x " +
                         std::to_string(k) + " and " + std::to_string(k) + " x " + std::to_string(n) +
                         " (status " + std::to_string(status) + ")");
}

// oneDNN wakes its threads for products that take less than the waking; while this lives it has one.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace

void matmul_f32(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float* a,
                int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc) {
  apply_cpu_limit();
  if (m == 0 || n == 0) return;
  std::optional<OneThread> alone;
  if (!omp_in_parallel() && m * n * k < 2 * kPartMultiplications) alone.emplace();
  check(dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1.0f, a, lda, b, ldb, beta, c,
                   ldc),
        m, n, k);
}

}  // namespace nudge::kernels
