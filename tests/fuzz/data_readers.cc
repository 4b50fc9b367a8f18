#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/data/array_source.h"
#include "nudge/data/describe.h"
#include "nudge/data/image.h"
#include "nudge/data/npy.h"
#include "tests/fuzz/expect_words.h"
#include "tests/fuzz/readers.h"

namespace nudge::fuzz {

void read_npy(std::span<const std::byte> bytes) {
  expect_words([&] { data::decode_npy(bytes, "fuzz.npy"); });
}

void read_npz(std::span<const std::byte> bytes) {
  const TestFolder folder;
  const std::string path = folder.path("fuzz.npz");
  write_file(path, bytes);
  expect_words([&] { data::describe(*data::open_npz_source(path)); });
}

void read_image(std::span<const std::byte> bytes) {
  // A picture of a few bytes may be as large as it says.
  constexpr int64_t kMostPixels = 1 << 20;
  expect_words([&] { data::image_size(bytes, "fuzz.png"); });
  expect_words([&] {
    data::decode_image(bytes, "fuzz.png", {.target = {16, 16}, .max_pixels = kMostPixels});
  });
}

}  // namespace nudge::fuzz
