#include "nudge/train/callbacks/event_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/record_frame.h"

namespace nudge::train {
namespace {

namespace fs = std::filesystem;

std::string machine() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

// A name that is one file's within a folder.
bool is_plain(const std::string& name) {
  return fs::path(name).filename() == fs::path(name) && !name.empty();
}

}  // namespace

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

EventFile::EventFile(const std::string& folder) { begin(folder); }

EventFile::EventFile(const std::string& folder, const std::string& name, int64_t bytes) {
  const fs::path path = fs::path(folder) / name;
  std::error_code code;
  const bool whole = is_plain(name) && bytes >= 0 && fs::is_regular_file(path, code) &&
                     static_cast<int64_t>(fs::file_size(path, code)) >= bytes;
  if (whole) fs::resize_file(path, static_cast<uintmax_t>(bytes), code);
  if (!whole || code) {
    begin(folder);
    return;
  }
  name_ = name;
  path_ = path.string();
  bytes_ = bytes;
  open();
}

void EventFile::begin(const std::string& folder) {
  static std::atomic<int> files = 0;
  name_ = fmt::format("events.out.tfevents.{:010}.{}.{}.{}.v2", static_cast<int64_t>(seconds_now()),
                      machine(), ::getpid(), files++);
  path_ = folder + "/" + name_;
  make_folder(folder);
  open();
  add(version_event(seconds_now()));
}

void EventFile::open() {
  out_.clear();
  out_.open(path_, std::ios::binary | std::ios::app);
  if (!out_) throw OutputError(path_ + ": cannot be written");
}

void EventFile::add(const EventMessage& event) {
  const std::string record = framed_record(event.bytes());
  if (!out_.is_open()) open();
  out_.write(record.data(), static_cast<std::streamsize>(record.size()));
  out_.flush();
  if (!out_) {
    out_.close();
    std::error_code ignored;
    fs::resize_file(path_, static_cast<uintmax_t>(bytes_), ignored);
    throw OutputError(path_ + ": cannot be written further");
  }
  bytes_ += static_cast<int64_t>(record.size());
}

}  // namespace nudge::train
