// Runs the Python scripts of tests, with the Keras of .venv.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace nudge::keras {

// What a test says that skips because there is none.
inline constexpr const char* kNoKeras = "no Keras in .venv; make test installs it";

struct ScriptResult {
  int status = -1;
  std::string output;  // what it said, errors too
};

inline ScriptResult run_python(const std::vector<std::string>& arguments) {
  std::string command = "'" NUDGE_SOURCE_DIR "/.venv/bin/python'";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  ScriptResult result;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  for (size_t got; (got = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) result.output.append(buffer, got);
  result.status = WEXITSTATUS(pclose(pipe));
  return result;
}

inline bool has_keras() {
  if (!std::filesystem::exists(NUDGE_SOURCE_DIR "/.venv/bin/python")) return false;
  return run_python({"-c",
                     "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))",
                     "h5py", "jax", "keras"})
             .status == 0;
}

}  // namespace nudge::keras
