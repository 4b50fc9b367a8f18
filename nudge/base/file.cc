#include "nudge/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "nudge/base/descriptor.h"
#include "nudge/base/error.h"
#include "nudge/base/temporary.h"

namespace nudge {
namespace {

namespace fs = std::filesystem;

template <typename Buffer>
Buffer read_whole(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw_input_errno(path, "cannot be read");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_input_errno(path, "cannot be read");
  if (S_ISDIR(status.st_mode)) throw InputError(path + ": is a folder, a file is needed");
  Buffer buffer(static_cast<size_t>(status.st_size), {});
  size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t got = ::read(file.get(), buffer.data() + done, buffer.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_input_errno(path, "cannot be read");
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  buffer.resize(done);
  return buffer;
}

// What a rename would put a plain file in the place of: /dev/stdout, a pipe.
bool is_device(const std::string& path) {
  std::error_code none;
  const fs::file_type type = fs::status(path, none).type();
  return type == fs::file_type::character || type == fs::file_type::fifo || type == fs::file_type::socket ||
         type == fs::file_type::block;
}

// Where a link leads, so that the file is replaced and not the link.
std::string followed(const std::string& path) {
  std::error_code code;
  if (!fs::is_symlink(path, code)) return path;
  const fs::path target = fs::canonical(path, code);
  return code ? path : target.string();
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path) { return read_whole<std::vector<std::byte>>(path); }

std::string read_text_file(const std::string& path) { return read_whole<std::string>(path); }

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  const auto write = [&](const std::string& to) {
    const Descriptor file(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.get() < 0) throw_output_errno(path, "cannot be written");
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t put = ::write(file.get(), bytes.data() + done, bytes.size() - done);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw_output_errno(path, "cannot be written");
      done += static_cast<size_t>(put);
    }
  };
  if (is_device(path)) return write(path);
  write_file_with(path, write);
}

void write_file(const std::string& path, const std::string& text) {
  write_file(path, std::as_bytes(std::span(text)));
}

void write_file_with(const std::string& path, const std::function<void(const std::string&)>& write) {
  if (is_device(path)) throw OutputError(path + ": is a device, a file name is needed");
  const std::string target = followed(path);
  const Temporary temporary(target);
  remove_leftovers(target);
  write(temporary.path());
  // The bytes must be on disk before the name points at them, or a power cut leaves an empty file.
  const Descriptor file(::open(temporary.path().c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) throw_output_errno(path, "cannot be written");
  struct stat before {};
  if (::stat(target.c_str(), &before) == 0) ::fchmod(file.get(), before.st_mode & 07777);
  if (std::rename(temporary.path().c_str(), target.c_str()) != 0)
    throw_output_errno(path, "cannot be written");
}

void make_folder(const std::string& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) throw OutputError(path + ": folder cannot be made: " + code.message());
}

void check_writable(const std::string& path) {
  std::error_code none;
  if (fs::is_directory(path, none)) throw OutputError(path + ": is a folder, a file name is needed");
  if (is_device(path)) {
    if (::access(path.c_str(), W_OK) != 0) throw_output_errno(path, "cannot be written");
    return;
  }
  const Temporary temporary(followed(path));
  const Descriptor file(::open(temporary.path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() < 0) throw_output_errno(path, "cannot be written");
}

}  // namespace nudge
