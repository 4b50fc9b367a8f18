#include "nudge/edgetpu/test_compiler.h"

#include <filesystem>

#include "nudge/base/file.h"

namespace nudge::edgetpu {

void write_test_compiler(const std::string& path, const std::string& version, const std::string& body) {
  write_file(path,
             "#!/bin/sh\n"
             "echo 'Edge TPU Compiler version " +
                 version +
                 "'\n"
                 "if [ \"$1\" = --version ]; then exit 0; fi\n"
                 "all=\"$*\"\n"
                 "out=.\n"
                 "while [ $# -gt 1 ]; do\n"
                 "  if [ \"$1\" = -o ]; then out=\"$2\"; fi\n"
                 "  shift\n"
                 "done\n"
                 "model=\"$1\"\n"
                 "stem=$(basename \"$model\" .tflite)\n" +
                 body);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

std::string succeed(const std::string& log_rows) {
  return "cp \"$model\" \"$out/${stem}_edgetpu.tflite\"\n"
         "printf 'Operator Count Status\\n\\n" +
         log_rows +
         "' > \"$out/${stem}_edgetpu.log\"\n"
         "echo 'Model compiled successfully in 12 ms.'\n"
         "echo 'On-chip memory used for caching model parameters: 1.50KiB'\n"
         "echo 'Off-chip memory used for streaming uncached model parameters: 0.00B'\n"
         "echo 'Number of Edge TPU subgraphs: 1'\n";
}

}  // namespace nudge::edgetpu
