// What a forked process may use.
#pragma once

#include <cstdint>

namespace nudge {

// Called in a child that may crash: that is an answer, not a fault to be dumped or handled.  Signals that end
// it are its own again, and an interrupt from the keyboard is its parent's.
void expect_crashes();

// Of address space beyond what the process has now.
void limit_memory(uint64_t bytes);

// Of processor time, in all.
void limit_seconds(unsigned seconds);

}  // namespace nudge
