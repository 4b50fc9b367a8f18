// NUDGE_CPU's limit, put on oneDNN and Highway together.
#pragma once

namespace nudge::kernels {

// Makes both use no more than cpu_limit() allows.  Every kernel calls it before its first use; call it
// earlier when something else of the process (libtorch) may use oneDNN first.  Does nothing the second time.
// Throws ValueError when NUDGE_CPU holds a word it does not know.  Thread-safe.
void apply_cpu_limit();

}  // namespace nudge::kernels
