#include "nudge/kernels/cpu/cpu_limit.h"

#include <dnnl.h>
#include <hwy/targets.h>

#include <string>

#include "nudge/base/cpu.h"
#include "nudge/base/log.h"

namespace nudge::kernels {
namespace {

bool limit_libraries() {
  const std::string& limit = cpu_limit();
  if (limit == "native" || limit == "amx") return true;
  const dnnl_cpu_isa_t most = limit == "avx2"     ? dnnl_cpu_isa_avx2
                              : limit == "avx512" ? dnnl_cpu_isa_avx512_core
                                                  : dnnl_cpu_isa_avx512_core_bf16;
  // oneDNN fixes its choice at its first primitive, and takes no new one after.
  if (dnnl_set_max_cpu_isa(most) != dnnl_success) {
    log_warning("NUDGE_CPU=" + limit +
                " came too late for oneDNN, which was used before; set ONEDNN_MAX_CPU_ISA too");
  }
  if (limit == "avx2") hwy::DisableTargets(HWY_AVX3 | HWY_AVX3_DL);
  if (limit == "avx512") hwy::DisableTargets(HWY_AVX3_DL);
  return true;
}

}  // namespace

void apply_cpu_limit() {
  static const bool done = limit_libraries();
  static_cast<void>(done);
}

}  // namespace nudge::kernels
