#include "nudge/download/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

namespace nudge::download {
namespace {

TestRequest parse(const std::string& text) {
  TestRequest request;
  const size_t begin = text.find(' ') + 1;
  request.path = text.substr(begin, text.find(' ', begin) - begin);
  const std::string range = "Range: bytes=";
  if (const size_t found = text.find(range); found != std::string::npos) {
    request.from = std::stoll(text.substr(found + range.size()));
  }
  return request;
}

}  // namespace

TestServer::TestServer(Answer answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, plain, &size) != 0) {
    throw std::runtime_error("the test's server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

TestServer::~TestServer() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

std::string TestServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void TestServer::serve() {
  constexpr int kPollMilliseconds = 20;
  while (!stopping_) {
    pollfd wait{listener_, POLLIN, 0};
    if (::poll(&wait, 1, kPollMilliseconds) <= 0) continue;
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) continue;
    talk(connection);
    ::close(connection);
  }
}

void TestServer::talk(int connection) {
  std::string text;
  char piece[4096];
  while (text.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(connection, piece, sizeof(piece), 0);
    if (got <= 0) return;
    text.append(piece, static_cast<size_t>(got));
  }
  ++requests_;
  const TestResponse response = answer_(parse(text));
  const int64_t length =
      response.declared >= 0 ? response.declared : static_cast<int64_t>(response.body.size());
  const std::string all = "HTTP/1.1 " + response.status + "\r\n" + response.headers +
                          "Content-Length: " + std::to_string(length) + "\r\nConnection: close\r\n\r\n" +
                          response.body;
  for (size_t sent = 0; sent < all.size();) {
    const ssize_t put = ::send(connection, all.data() + sent, all.size() - sent, MSG_NOSIGNAL);
    if (put <= 0) return;
    sent += static_cast<size_t>(put);
  }
  // Until the other side has had enough of waiting.
  pollfd gone{connection, POLLIN, 0};
  if (response.hold_milliseconds > 0) ::poll(&gone, 1, response.hold_milliseconds);
}

TestResponse ranged(const TestRequest& request, const std::string& body) {
  const auto size = static_cast<int64_t>(body.size());
  if (request.from == 0) return {.body = body};
  if (request.from >= size) return {.status = "416 Range Not Satisfiable"};
  const std::string range = "Content-Range: bytes " + std::to_string(request.from) + "-" +
                            std::to_string(size - 1) + "/" + std::to_string(size) + "\r\n";
  return {.status = "206 Partial Content",
          .headers = range,
          .body = body.substr(static_cast<size_t>(request.from))};
}

}  // namespace nudge::download
