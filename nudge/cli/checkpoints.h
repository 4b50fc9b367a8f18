// The checkpoints of a training run: a folder of .keras files, each with all that going on from it needs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "nudge/base/json.h"
#include "nudge/cli/model_file.h"
#include "nudge/train/progress.h"

namespace nudge::cli {

struct Checkpoint {
  std::string path;
  LoadedModel model;
  train::Progress progress;
  std::shared_ptr<const Json> run;  // the options of the command that began it
};

class Checkpoints {
 public:
  // `every`: "200" or "200steps", "10minutes", "90seconds".  Makes the folder.  Throws ValueError on another
  // word, OutputError when the folder cannot be made.
  Checkpoints(std::string folder, const std::string& every);

  const std::string& folder() const { return folder_; }
  // Whether the interval since the last one is over.
  bool due() { return ++steps_ >= every_steps_ || std::chrono::steady_clock::now() - last_ >= every_time_; }
  // Written whole or not at all; the last two stay.  A disk that is full or a folder that is gone is warned
  // of, and the run goes on; false then.
  bool write(const LoadedModel& model, const train::Progress& progress, const Json& run);

 private:
  std::string folder_;
  int64_t every_steps_;
  std::chrono::steady_clock::duration every_time_;
  int64_t steps_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// The last whole one; those after it that are damaged are warned of.  Throws InputError where there is none.
Checkpoint last_checkpoint(const std::string& folder);

// For a run that begins there: throws ValueError where an earlier run has left checkpoints, from which
// --resume would go on.
void check_no_checkpoints(const std::string& folder);

// Those that an earlier run has left there.
void remove_checkpoints(const std::string& folder);

}  // namespace nudge::cli
