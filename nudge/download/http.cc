#include "nudge/download/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <exception>
#include <memory>
#include <mutex>

#include "nudge/base/error.h"

namespace nudge::download {
namespace {

constexpr long kMaxRedirects = 5;
constexpr long kConnectSeconds = 30;
constexpr long kStalledBytesPerSecond = 16;
constexpr long kNotFound = 404;
constexpr long kRangeNotSatisfiable = 416;

bool is_this_machine(const std::string& url) {
  for (const char* start :
       {"http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:", "http://localhost/"}) {
    if (url.starts_with(start)) return true;
  }
  return false;
}

struct Transfer {
  const DownloadOptions& options;
  PartFile& part;
  int64_t begin;
  bool too_long = false;
  std::exception_ptr thrown;  // by what is called from within libcurl, which no exception may cross
};

size_t take(char* bytes, size_t, size_t count, void* state) {
  auto& transfer = *static_cast<Transfer*>(state);
  if (transfer.part.size() + static_cast<int64_t>(count) > transfer.options.max_bytes) {
    transfer.too_long = true;
    return 0;
  }
  try {
    transfer.part.append(bytes, count);
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
  return count;
}

int report(void* state, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(state);
  if (!transfer.options.progress) return 0;
  try {
    transfer.options.progress(transfer.part.size(), total > 0 ? transfer.begin + total : 0);
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 1;
  }
  return 0;
}

template <typename Value>
void set(CURL* curl, CURLoption option, Value value) {
  if (curl_easy_setopt(curl, option, value) != CURLE_OK) {
    throw UnsupportedError(
        fmt::format("this machine's libcurl does not know option {}", static_cast<int>(option)));
  }
}

std::string reason(CURL* curl, CURLcode code, const Transfer& transfer, const char* message) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.too_long || code == CURLE_FILESIZE_EXCEEDED) {
    return fmt::format("it is longer than {} bytes", transfer.options.max_bytes);
  }
  switch (code) {
    case CURLE_HTTP_RETURNED_ERROR:
      return status == kNotFound ? "the server does not have it (404)"
                                 : fmt::format("the server answered {}", status);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
      return fmt::format("it broke off after {} bytes", transfer.part.size());
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("nothing arrived for {} seconds, after {} bytes", transfer.options.stall_seconds,
                         transfer.part.size());
    default:
      return message[0] != '\0' ? message : curl_easy_strerror(code);
  }
}

}  // namespace

void check_url(const std::string& url) {
  if (url.starts_with("https://") || is_this_machine(url)) return;
  throw ValueError(url + ": only https:// is downloaded from");
}

HttpResult http_get(const std::string& url, const DownloadOptions& options, PartFile& part) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
  if (handle == nullptr) throw UnsupportedError("libcurl cannot be started");
  CURL* curl = handle.get();
  Transfer transfer{.options = options, .part = part, .begin = part.size(), .thrown = nullptr};
  std::array<char, CURL_ERROR_SIZE> message{};
  const bool local = is_this_machine(url);
  set(curl, CURLOPT_URL, url.c_str());
  set(curl, CURLOPT_PROTOCOLS_STR, local ? "http" : "https");
  set(curl, CURLOPT_REDIR_PROTOCOLS_STR, local ? "http" : "https");
  if (local) set(curl, CURLOPT_PROXY, "");
  set(curl, CURLOPT_USERAGENT, "nudge");
  set(curl, CURLOPT_FOLLOWLOCATION, 1L);
  set(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
  set(curl, CURLOPT_FAILONERROR, 1L);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(curl, CURLOPT_LOW_SPEED_LIMIT, kStalledBytesPerSecond);
  set(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_seconds));
  set(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options.max_bytes));
  set(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.begin));
  set(curl, CURLOPT_ERRORBUFFER, message.data());
  set(curl, CURLOPT_WRITEFUNCTION, take);
  set(curl, CURLOPT_WRITEDATA, &transfer);
  set(curl, CURLOPT_NOPROGRESS, 0L);
  set(curl, CURLOPT_XFERINFOFUNCTION, report);
  set(curl, CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  // libcurl takes "nothing after the part's end" for success, but the part may be of a longer file.
  if (code == CURLE_OK && status != kRangeNotSatisfiable) return {.outcome = HttpOutcome::kDone, .error = ""};
  const bool cannot_resume =
      transfer.begin > 0 && (code == CURLE_RANGE_ERROR || status == kRangeNotSatisfiable);
  return {.outcome = cannot_resume ? HttpOutcome::kCannotResume : HttpOutcome::kFailed,
          .error = reason(curl, code, transfer, message.data())};
}

}  // namespace nudge::download
