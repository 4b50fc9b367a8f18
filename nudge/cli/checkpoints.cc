#include "nudge/cli/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json_member.h"
#include "nudge/base/log.h"
#include "nudge/keras/save.h"

namespace nudge::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNamePrefix = "checkpoint-";
constexpr const char* kKept = "checkpoint";
constexpr size_t kLast = 2;

// Oldest first: names sort as epochs and steps do.
std::vector<std::string> checkpoints_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kNamePrefix) && name.ends_with(".keras")) files.push_back(entry->path().string());
  }
  std::ranges::sort(files);
  return files;
}

Checkpoint read(const std::string& path) {
  const keras::Saved saved = keras::load_saved(path);
  if (saved.side.json == nullptr || !saved.side.json->contains(kKept)) {
    throw InputError(path + ": is no checkpoint");
  }
  const Json& kept = (*saved.side.json)[kKept];
  return {.path = path,
          .model = loaded_from(saved, path),
          .progress = train::Progress::from_json(object_member(kept, "progress", path + ": "),
                                                 saved.side.arrays, path),
          .run = std::make_shared<const Json>(object_member(kept, "run", path + ": "))};
}

}  // namespace

Checkpoints::Checkpoints(std::string folder, const std::string& every)
    : folder_(std::move(folder)),
      every_steps_(std::numeric_limits<int64_t>::max()),
      every_time_(std::chrono::steady_clock::duration::max()) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(every.data(), every.data() + every.size(), number);
  const std::string unit(end, every.data() + every.size());
  const bool valid = error == std::errc() && number > 0 && number <= 1000000000;
  if (valid && (unit.empty() || unit == "steps")) {
    every_steps_ = number;
  } else if (valid && unit == "minutes") {
    every_time_ = std::chrono::minutes(number);
  } else if (valid && unit == "seconds") {
    every_time_ = std::chrono::seconds(number);
  } else {
    throw ValueError("--every '" + every + "': give a number of steps, or such as 10minutes");
  }
  make_folder(folder_);
}

bool Checkpoints::write(const LoadedModel& model, const train::Progress& progress, const Json& run) {
  steps_ = 0;
  last_ = std::chrono::steady_clock::now();
  const std::string path =
      fmt::format("{}/{}{:06}-{:09}.keras", folder_, kNamePrefix, progress.epoch, progress.step);
  try {
    write_model(
        model, path,
        {std::make_shared<const Json>(Json{{kKept, {{"progress", progress.to_json()}, {"run", run}}}}),
         progress.arrays()});
  } catch (const OutputError& error) {
    log_warning(std::string("no checkpoint was written: ") + error.what());
    return false;
  }
  const std::vector<std::string> files = checkpoints_in(folder_);
  for (size_t i = 0; i + kLast < files.size(); ++i) fs::remove(files[i]);
  return true;
}

Checkpoint last_checkpoint(const std::string& folder) {
  const std::vector<std::string> files = checkpoints_in(folder);
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    try {
      return read(*file);
    } catch (const Error& error) {
      log_warning(std::string(error.what()) + "; the checkpoint before it is tried");
    }
  }
  throw InputError(folder + ": holds no checkpoint to go on from");
}

void check_no_checkpoints(const std::string& folder) {
  const std::vector<std::string> files = checkpoints_in(folder);
  if (files.empty()) return;
  throw ValueError("--checkpoint " + folder + ": holds " + fs::path(files.back()).filename().string() +
                   " of another run; nudge train --resume " + folder +
                   " goes on with that one, a new run takes another folder or this one once it is emptied");
}

void remove_checkpoints(const std::string& folder) {
  std::error_code ignored;
  for (const std::string& file : checkpoints_in(folder)) fs::remove(file, ignored);
}

}  // namespace nudge::cli
