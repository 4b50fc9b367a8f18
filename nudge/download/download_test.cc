#include "nudge/download/download.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/download/hash.h"
#include "nudge/download/keras_cache.h"
#include "nudge/download/test_folder.h"
#include "nudge/download/test_server.h"

namespace nudge::download {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

// Longer than a socket's buffers, no two parts alike.
std::string long_body() {
  std::string body;
  for (int i = 0; body.size() < 3'000'000; ++i) body += std::to_string(i) + ",";
  return body;
}

// One line, that names what is to be fetched by hand and where to.
auto one_line_about(const std::string& url, const std::string& target, const std::string& why) {
  return ThrowsMessage<InputError>(
      AllOf(HasSubstr(url), HasSubstr("put it at " + target), HasSubstr(why), Not(HasSubstr("\n"))));
}

TEST(Hash, IsThePublishedKind) {
  const TestFolder folder;
  write_file(folder.path("abc"), std::string("abc"));
  // RFC 1321 and FIPS 180-2.
  EXPECT_EQ(md5_of_file(folder.path("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(sha256_of_file(folder.path("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(has_hash(folder.path("abc"), "900150983cd24fb0d6963f7d28e17f72"));
  EXPECT_FALSE(has_hash(folder.path("abc"), std::string(64, '0')));
  EXPECT_THAT([&] { has_hash(folder.path("abc"), "12"); },
              ThrowsMessage<ValueError>(HasSubstr("neither MD5")));
  EXPECT_THAT([&] { md5_of_file(folder.path("none")); }, ThrowsMessage<InputError>(HasSubstr("none")));
}

TEST(Download, GivesTheWholeFileItsNameAndTellsHowFarItIs) {
  const TestFolder folder;
  const std::string body = long_body();
  const TestServer server([&](const TestRequest&) { return TestResponse{.body = body}; });
  const std::string target = folder.path("a/b/file.h5");
  int64_t last = 0;
  int64_t whole = 0;
  DownloadOptions options;
  options.progress = [&](int64_t done, int64_t total) {
    EXPECT_GE(done, last);
    last = done;
    whole = total;
  };
  download(server.url("/file.h5"), target, options);
  EXPECT_EQ(read_text_file(target), body);
  EXPECT_EQ(last, static_cast<int64_t>(body.size()));
  EXPECT_EQ(whole, last);
  EXPECT_FALSE(fs::exists(target + ".part"));
  download(server.url("/file.h5"), target, options);
  EXPECT_EQ(server.requests(), 1) << "what is there is not fetched again";
}

TEST(Download, GoesOnAfterItBrokeOff) {
  const TestFolder folder;
  const std::string body = long_body();
  std::vector<int64_t> from;
  const TestServer server([&](const TestRequest& request) {
    from.push_back(request.from);
    TestResponse response = ranged(request, body);
    if (request.from > 0) return response;
    response.declared = static_cast<int64_t>(body.size());
    response.body.resize(1'000'000);
    return response;
  });
  const std::string target = folder.path("file.h5");
  EXPECT_THAT([&] { download(server.url("/x"), target); },
              one_line_about(server.url("/x"), target, "it broke off after 1000000 bytes"));
  EXPECT_FALSE(fs::exists(target));
  EXPECT_EQ(fs::file_size(target + ".part"), 1'000'000U);
  download(server.url("/x"), target);
  EXPECT_EQ(read_text_file(target), body);
  EXPECT_THAT(from, testing::ElementsAre(0, 1'000'000));
}

TEST(Download, StartsAgainWhereTheServerCannotGoOn) {
  const TestFolder folder;
  const TestServer server([&](const TestRequest&) { return TestResponse{.body = "the whole"}; });
  write_file(folder.path("file.part"), std::string("the"));
  download(server.url("/x"), folder.path("file"));
  EXPECT_EQ(read_text_file(folder.path("file")), "the whole");

  const TestServer refusing([&](const TestRequest& request) { return ranged(request, "short"); });
  write_file(folder.path("other.part"), std::string("longer than all"));
  download(refusing.url("/x"), folder.path("other"));
  EXPECT_EQ(read_text_file(folder.path("other")), "short");
}

TEST(Download, StartsAgainWhereThePartIsOfAnotherFile) {
  const TestFolder folder;
  const TestServer server([&](const TestRequest& request) { return ranged(request, "abc"); });
  write_file(folder.path("file.part"), std::string("xy"));
  download(server.url("/x"), folder.path("file"), {.hash = "900150983cd24fb0d6963f7d28e17f72"});
  EXPECT_EQ(read_text_file(folder.path("file")), "abc");
  EXPECT_EQ(server.requests(), 2);
}

TEST(Download, RefusesAnotherHash) {
  const TestFolder folder;
  const TestServer server([&](const TestRequest&) { return TestResponse{.body = "something else"}; });
  const std::string hash(64, 'a');
  EXPECT_THAT(
      [&] { download(server.url("/x"), folder.path("file"), {.hash = hash}); },
      one_line_about(server.url("/x"), folder.path("file"), "another hash than the published " + hash));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Download, SaysWhatTheServerAnswered) {
  const TestFolder folder;
  const TestServer server([&](const TestRequest& request) {
    return TestResponse{.status = request.path == "/none" ? "404 Not Found" : "503 Busy",
                        .body = "<html>no</html>"};
  });
  EXPECT_THAT([&] { download(server.url("/none"), folder.path("file")); },
              one_line_about(server.url("/none"), folder.path("file"), "does not have it (404)"));
  EXPECT_THAT([&] { download(server.url("/busy"), folder.path("file")); },
              one_line_about(server.url("/busy"), folder.path("file"), "the server answered 503"));
  EXPECT_TRUE(fs::is_empty(folder.path())) << "an error page is no beginning";
}

TEST(Download, FollowsARedirectButNotForEverNorToAnotherProtocol) {
  const TestFolder folder;
  const TestServer server([&](const TestRequest& request) {
    if (request.path == "/there") return TestResponse{.body = "found"};
    std::string to = "/round";
    if (request.path == "/here") to = "/there";
    if (request.path == "/file") to = "file:///etc/passwd";
    return TestResponse{.status = "302 Found", .headers = "Location: " + to + "\r\n"};
  });
  download(server.url("/here"), folder.path("file"));
  EXPECT_EQ(read_text_file(folder.path("file")), "found");
  EXPECT_THAT([&] { download(server.url("/round"), folder.path("round")); },
              one_line_about(server.url("/round"), folder.path("round"), "redirects"));
  EXPECT_THAT([&] { download(server.url("/file"), folder.path("local")); },
              one_line_about(server.url("/file"), folder.path("local"), "not supported"));
}

TEST(Download, GivesUpWhenNothingArrives) {
  const TestFolder folder;
  const TestServer server([&](const TestRequest&) {
    return TestResponse{.body = "beginning", .declared = 1000, .hold_milliseconds = 20'000};
  });
  EXPECT_THAT([&] { download(server.url("/x"), folder.path("file"), {.stall_seconds = 1}); },
              one_line_about(server.url("/x"), folder.path("file"), "nothing arrived for 1 seconds"));
  EXPECT_EQ(read_text_file(folder.path("file.part")), "beginning");
}

TEST(Download, RefusesAFileThatIsTooLong) {
  const TestFolder folder;
  const TestServer server([&](const TestRequest&) { return TestResponse{.body = "eleven more"}; });
  EXPECT_THAT([&] { download(server.url("/x"), folder.path("file"), {.max_bytes = 10}); },
              one_line_about(server.url("/x"), folder.path("file"), "longer than 10 bytes"));
  EXPECT_FALSE(fs::exists(folder.path("file")));
}

TEST(Download, SaysWhichFileToPutWhereWithoutANetwork) {
  const TestFolder folder;
  std::string url;
  {
    const TestServer gone([](const TestRequest&) { return TestResponse{}; });
    url = gone.url("/x");
  }
  EXPECT_THAT([&] { download(url, folder.path("file")); },
              one_line_about(url, folder.path("file"), "cannot be downloaded"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Download, SpeaksHttpsAlone) {
  for (const char* url : {"http://example.com/x", "ftp://example.com/x", "file:///etc/passwd", "x",
                          "http://127.0.0.1.example.com/x"}) {
    EXPECT_THAT([&] { download(url, "/nowhere/file"); },
                ThrowsMessage<ValueError>(HasSubstr("only https://")))
        << url;
  }
}

TEST(Download, CannotWriteInAFolderThatIsAFile) {
  const TestFolder folder;
  write_file(folder.path("file"), std::string("x"));
  const TestServer server([](const TestRequest&) { return TestResponse{.body = "x"}; });
  EXPECT_THROW(download(server.url("/x"), folder.path("file/inside")), OutputError);
}

TEST(Download, HappensOnceForSeveralAtOnce) {
  const TestFolder folder;
  const std::string body = long_body();
  const TestServer server([&](const TestRequest& request) { return ranged(request, body); });
  const std::string target = folder.path("file");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { download(server.url("/x"), target); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(read_text_file(target), body);
  EXPECT_EQ(server.requests(), 1);
  EXPECT_FALSE(fs::exists(target + ".part"));
}

TEST(Download, PassesOnWhatTheProgressThrows) {
  const TestFolder folder;
  const TestServer server([](const TestRequest&) { return TestResponse{.body = "x"}; });
  DownloadOptions options;
  options.progress = [](int64_t, int64_t) { throw ValueError("enough"); };
  EXPECT_THAT([&] { download(server.url("/x"), folder.path("file"), options); },
              ThrowsMessage<ValueError>(HasSubstr("enough")));
}

TEST(KerasCache, IsWhereKerasHasIt) {
  const TestFolder folder;
  const TestServer server([](const TestRequest&) { return TestResponse{.body = "weights"}; });
  {
    const TestKerasHome home(folder.path());
    const std::string path = cached_file("models", "x.h5", server.url("/x.h5"));
    EXPECT_EQ(path, folder.path("models/x.h5"));
    EXPECT_EQ(read_text_file(path), "weights");
    // Found without a network.
    EXPECT_EQ(cached_file("models", "x.h5", "https://nowhere.invalid/x.h5"), path);
  }
  const TestKerasHome unset("");
  const char* user = std::getenv("HOME");
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(keras_home(), std::string(user) + "/.keras");
}

}  // namespace
}  // namespace nudge::download
