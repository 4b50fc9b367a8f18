// A copy of this process that answers requests: for what may crash, loop or take all memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "nudge/base/shared_bytes.h"

namespace nudge {

struct ServiceLimits {
  uint64_t memory_bytes = uint64_t{1} << 30;    // of address space beyond what this process has
  std::chrono::milliseconds start_time{30000};  // until it is ready for requests
};

// The name of the file that a service's standard error goes to.
inline constexpr const char* kHiddenStderr = "nudge-stderr";

// How it ended without an answer.
class ServiceEnded : public std::runtime_error {
 public:
  ServiceEnded(const std::string& how, std::string output)
      : std::runtime_error(how), output_(std::move(output)) {}
  // What it wrote to standard error, the first 64 KiB of it.
  const std::string& output() const { return output_; }

 private:
  std::string output_;
};

// Ends with this object, or when this process does.
class ChildService {
 public:
  // Takes the request that lies in memory, leaves its answer there and returns its size.
  using Answer = std::function<size_t(SharedBytes& memory, size_t request_size)>;

  // `start` runs in the copy, which has this thread alone, and no threads of OpenMP's: it must not call
  // parallel_for() nor wait for other threads.  An Error that it or the Answer throws is thrown here again,
  // and the service can go on.  Throws ServiceEnded, whose what() says "was ended by signal 11", "took longer
  // than ..." or the like, and OutputError when no process can be started.
  ChildService(const std::function<Answer()>& start, const ServiceLimits& limits);
  ~ChildService();
  ChildService(const ChildService&) = delete;
  ChildService& operator=(const ChildService&) = delete;

  // For the request, and then for its answer.
  SharedBytes& memory();
  // Returns the answer's size.  Throws as the constructor.
  size_t ask(size_t request_size, std::chrono::milliseconds time);

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace nudge
