#include "nudge/base/file.h"
#include "nudge/base/record_frame.h"
#include "nudge/base/test_folder.h"
#include "nudge/data/array_source.h"
#include "nudge/data/describe.h"
#include "nudge/data/idx.h"
#include "nudge/data/image.h"
#include "nudge/data/npy.h"
#include "nudge/data/source.h"
#include "nudge/data/test_folder.h"
#include "nudge/data/test_records.h"
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

namespace {

// Opens the file as a command would, and looks at every item.
void read_source(const std::string& path) {
  expect_words([&] {
    const auto source = data::open_source(path);
    for (int64_t item = 0; item < source->size(); ++item) {
      expect_words([&] { source->load(item, {16, 16}); });
    }
  });
}

}  // namespace

void read_tf_records(std::span<const std::byte> bytes) {
  const TestFolder folder;
  const std::string path = folder.path("fuzz.tfrecord");
  write_file(path, bytes);
  read_source(path);
}

void read_tar(std::span<const std::byte> bytes) {
  const TestFolder folder;
  const std::string path = folder.path("fuzz.tar");
  write_file(path, bytes);
  read_source(path);
}

// The pictures that it lists are not there, but one.
void read_csv(std::span<const std::byte> bytes) {
  const data::TestFolder folder;
  folder.put_picture("a.png");
  const std::string path = folder.path("fuzz.csv");
  write_file(path, bytes);
  read_source(path);
}

void read_idx(std::span<const std::byte> bytes) {
  expect_words([&] { data::decode_idx(bytes, "fuzz-idx3-ubyte"); });
}

// With sound checksums, behind a record of another class.
void read_tf_example(std::span<const std::byte> bytes) {
  const std::string example(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string file = data::labelled_record("", 1) + framed_record(example);
  read_tf_records(std::as_bytes(std::span(file)));
}

}  // namespace nudge::fuzz
