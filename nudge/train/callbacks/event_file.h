// A file of TensorBoard's events: records as TFRecord frames them, each whole in the file when add() returns.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "nudge/train/callbacks/event_message.h"

namespace nudge::train {

class EventFile {
 public:
  // A new file in the folder, which is made; its name is TensorFlow's, with the time, the machine and the
  // process.  Throws OutputError.
  explicit EventFile(const std::string& folder);
  // Goes on with a file of the folder after its first `bytes`; what comes behind them goes.  A new one where
  // that file is gone or shorter.
  EventFile(const std::string& folder, const std::string& name, int64_t bytes);

  const std::string& name() const { return name_; }
  int64_t bytes() const { return bytes_; }
  // Throws OutputError; the file then ends where it did, and the next event may find room.
  void add(const EventMessage& event);

 private:
  void begin(const std::string& folder);
  void open();

  std::string name_;
  std::string path_;
  std::ofstream out_;
  int64_t bytes_ = 0;
};

// Seconds since 1970, as events have them.
double seconds_now();

}  // namespace nudge::train
