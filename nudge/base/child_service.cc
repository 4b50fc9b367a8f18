#include "nudge/base/child_service.h"

#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX's
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>

#include "nudge/base/child_limits.h"
#include "nudge/base/error.h"

namespace nudge {
namespace {

enum class Kind : int32_t {
  kAnswer,
  kInput,
  kOutput,
  kShape,
  kValue,
  kUnsupported,
  kNumeric,
  kMemory,
  kOther
};

// What goes over the socket; an answer or an error's message lies in the shared memory.
struct Note {
  Kind kind = Kind::kAnswer;
  uint64_t size = 0;
};

// False at the end of the connection.
bool send_note(int socket, const Note& note) {
  ssize_t sent = 0;
  do {
    sent = ::send(socket, &note, sizeof(note), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof(note));
}

std::optional<Note> receive_note(int socket) {
  Note note;
  ssize_t got = 0;
  do {
    got = ::recv(socket, &note, sizeof(note), MSG_WAITALL);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof(note))) return std::nullopt;
  return note;
}

Kind kind_of(const Error& error) {
  if (dynamic_cast<const InputError*>(&error) != nullptr) return Kind::kInput;
  if (dynamic_cast<const OutputError*>(&error) != nullptr) return Kind::kOutput;
  if (dynamic_cast<const ShapeError*>(&error) != nullptr) return Kind::kShape;
  if (dynamic_cast<const ValueError*>(&error) != nullptr) return Kind::kValue;
  if (dynamic_cast<const UnsupportedError*>(&error) != nullptr) return Kind::kUnsupported;
  return dynamic_cast<const NumericError*>(&error) != nullptr ? Kind::kNumeric : Kind::kOther;
}

[[noreturn]] void throw_again(Kind kind, const std::string& message) {
  switch (kind) {
    case Kind::kInput:
      throw InputError(message);
    case Kind::kOutput:
      throw OutputError(message);
    case Kind::kShape:
      throw ShapeError(message);
    case Kind::kValue:
      throw ValueError(message);
    case Kind::kUnsupported:
      throw UnsupportedError(message);
    case Kind::kNumeric:
      throw NumericError(message);
    default:
      throw Error(message);
  }
}

Note failure(SharedBytes& memory, Kind kind, const std::string& message) {
  std::memcpy(memory.at_least(message.size() + 1), message.data(), message.size());
  return {kind, message.size()};
}

// What `work` leaves in memory, or what it throws.
template <typename Work>
Note answer(SharedBytes& memory, const Work& work) {
  try {
    return {Kind::kAnswer, work()};
  } catch (const Error& error) {
    return failure(memory, kind_of(error), error.what());
  } catch (const std::bad_alloc&) {
    return {Kind::kMemory, 0};
  } catch (const std::exception& error) {
    return failure(memory, Kind::kOther, error.what());
  }
}

[[noreturn]] void serve(int socket, SharedBytes& memory, const std::function<ChildService::Answer()>& start) {
  ChildService::Answer respond;
  Note note = answer(memory, [&]() -> size_t {
    respond = start();
    return 0;
  });
  while (send_note(socket, note) && respond) {
    const std::optional<Note> request = receive_note(socket);
    if (!request) break;
    note = answer(memory, [&] { return respond(memory, static_cast<size_t>(request->size)); });
  }
  ::_exit(0);
}

}  // namespace

class ChildService::Connection {
 public:
  Connection(const std::function<Answer()>& start, const ServiceLimits& limits) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw_output_errno("a process", "cannot be connected");
    errors_ = ::memfd_create(kHiddenStderr, MFD_CLOEXEC);
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ends[0]);
      if (errors_ >= 0) ::dup2(errors_, STDERR_FILENO);
      expect_crashes();
      limit_memory(limits.memory_bytes);
      serve(ends[1], memory_, start);
    }
    ::close(ends[1]);
    socket_ = ends[0];
    if (child_ < 0) {
      close_files();
      throw OutputError("no process can be started: free some memory");
    }
    try {
      wait_for_note(limits.start_time);
    } catch (...) {
      end();
      close_files();
      throw;
    }
  }

  ~Connection() {
    end();
    close_files();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SharedBytes& memory() { return memory_; }

  size_t ask(size_t request_size, std::chrono::milliseconds time) {
    if (child_ <= 0) throw ServiceEnded("has ended", output());
    if (!send_note(socket_, {Kind::kAnswer, request_size})) throw_ended();
    return wait_for_note(time);
  }

 private:
  size_t wait_for_note(std::chrono::milliseconds time) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point until = Clock::now() + time;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
      pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
      const int ready = ::poll(&wait, 1, static_cast<int>(std::clamp<int64_t>(left, 0, INT32_MAX)));
      if (ready > 0) break;
      if (ready < 0 && errno == EINTR) continue;
      end();
      throw ServiceEnded("took longer than " + std::to_string(time.count() / 1000) + " s", output());
    }
    const std::optional<Note> note = receive_note(socket_);
    if (!note) throw_ended();
    const auto size = static_cast<size_t>(note->size);
    if (note->kind == Kind::kAnswer) return size;
    if (note->kind == Kind::kMemory) throw ServiceEnded("ran out of memory", output());
    throw_again(note->kind, std::string(reinterpret_cast<const char*>(memory_.at_least(size)), size));
  }

  [[noreturn]] void throw_ended() {
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    throw ServiceEnded(WIFSIGNALED(status)
                           ? std::string("was ended by signal ") + std::to_string(WTERMSIG(status)) + " (" +
                                 ::strsignal(WTERMSIG(status)) + ")"
                           : "ended with status " + std::to_string(WEXITSTATUS(status)),
                       output());
  }

  void end() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
  }

  void close_files() {
    if (socket_ >= 0) ::close(socket_);
    if (errors_ >= 0) ::close(errors_);
  }

  std::string output() const {
    std::string text(size_t{64} << 10, '\0');
    const ssize_t got = errors_ >= 0 ? ::pread(errors_, text.data(), text.size(), 0) : 0;
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  }

  SharedBytes memory_;
  int socket_ = -1;
  int errors_ = -1;  // its standard error
  pid_t child_ = -1;
};

ChildService::ChildService(const std::function<Answer()>& start, const ServiceLimits& limits)
    : connection_(std::make_unique<Connection>(start, limits)) {}
ChildService::~ChildService() = default;

SharedBytes& ChildService::memory() { return connection_->memory(); }

size_t ChildService::ask(size_t request_size, std::chrono::milliseconds time) {
  return connection_->ask(request_size, time);
}

}  // namespace nudge
