// A web server on this machine that answers as a test tells it to.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace nudge::download {

struct TestRequest {
  std::string path;
  int64_t from = 0;  // of "Range: bytes=FROM-"
};

struct TestResponse {
  std::string status = "200 OK";
  std::string headers;  // lines that each end in "\r\n"
  std::string body;
  int64_t declared = -1;      // Content-Length; -1: the body's
  int hold_milliseconds = 0;  // the connection stays open and silent for so long
};

// One connection at a time, on a port of its own; stops when destroyed.
class TestServer {
 public:
  using Answer = std::function<TestResponse(const TestRequest&)>;
  explicit TestServer(Answer answer);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string url(const std::string& path) const;
  int requests() const { return requests_; }

 private:
  void serve();
  void talk(int connection);

  Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

// What a server that knows ranges answers: all of `body`, or the rest of it.
TestResponse ranged(const TestRequest& request, const std::string& body);

}  // namespace nudge::download
