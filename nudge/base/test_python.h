// Runs the Python scripts of tests, with the packages of .venv.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace nudge {

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

// Whether all of these can be imported.
inline bool python_has(const std::vector<std::string>& packages) {
  if (!std::filesystem::exists(NUDGE_SOURCE_DIR "/.venv/bin/python")) return false;
  std::vector<std::string> arguments{
      "-c", "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"};
  arguments.insert(arguments.end(), packages.begin(), packages.end());
  return run_python(arguments).status == 0;
}

}  // namespace nudge
