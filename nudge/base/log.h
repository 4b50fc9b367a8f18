// Messages for the person at the terminal.  The library logs at debug and warning level only, to
// standard error; results are returned, never printed.
#pragma once

#include <string>

namespace nudge {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

void set_log_level(LogLevel level);
LogLevel log_level();
void log_debug(const std::string& message);
void log_info(const std::string& message);
void log_warning(const std::string& message);

}  // namespace nudge
