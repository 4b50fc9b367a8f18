// One pool of threads for the whole process.
//
// It is OpenMP's, because oneDNN and libtorch use that one too: a second pool would fight it for the cores.
#pragma once

#include <cstdint>
#include <functional>

namespace nudge {

// How many threads compute; at least 1.  By default the processors this process may use and has time for.
void set_thread_count(int count);
int thread_count();

// Calls body(begin, end) on parts of [0, n) at once, each part at least `grain` long except the last.
// Parts, up to four a thread, are cut the same way at the same thread count and taken as threads come free.
// Once all ended an exception of one is rethrown.  Called from within a part it runs in that thread alone.
void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

}  // namespace nudge
