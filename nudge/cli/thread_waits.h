// How long threads that have nothing to do keep their processors busy.
#pragma once

namespace nudge::cli {

// GNU OpenMP's threads spin for milliseconds before they sleep.  Where other programs want the processors too
// that made a training step twice as long in a measurement, and on an idle machine it gained nothing.  The
// library reads its settings when it is loaded, so this starts the program anew with a shorter wait, once,
// unless the environment holds a choice (GOMP_SPINCOUNT, OMP_WAIT_POLICY).  Returns where nothing is to be
// done or the program cannot be started again.
void shorten_thread_waits(char** argv);

}  // namespace nudge::cli
