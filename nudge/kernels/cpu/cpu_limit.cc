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
  if (limit == "native") return true;
  const bool avx2 = limit == "avx2";
  // oneDNN fixes its choice at its first primitive, and takes no new one after.
  if (dnnl_set_max_cpu_isa(avx2 ? dnnl_cpu_isa_avx2 : dnnl_cpu_isa_avx512_core) != dnnl_success) {
    log_warning("NUDGE_CPU=" + limit +
                " came too late for oneDNN, which was used before; set ONEDNN_MAX_CPU_ISA too");
  }
  hwy::DisableTargets(avx2 ? HWY_AVX3 | HWY_AVX3_DL : HWY_AVX3_DL);
  return true;
}

}  // namespace

void apply_cpu_limit() {
  static const bool done = limit_libraries();
  static_cast<void>(done);
}

}  // namespace nudge::kernels
