// Whether scripts of tests can use the Keras of .venv.
#pragma once

#include "nudge/base/test_python.h"

namespace nudge::keras {

// What a test says that skips because there is none.
inline constexpr const char* kNoKeras = "no Keras in .venv; make test installs it";

inline bool has_keras() { return python_has({"h5py", "jax", "keras"}); }

}  // namespace nudge::keras
