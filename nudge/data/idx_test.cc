#include "nudge/data/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/data/source.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::string big_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string idx(int type, const std::vector<uint32_t>& sides, const std::string& values) {
  std::string bytes{'\0', '\0', static_cast<char>(type), static_cast<char>(sides.size())};
  for (const uint32_t side : sides) bytes += big_endian(side);
  return bytes + values;
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

Array decode(const std::string& bytes) { return decode_idx(std::as_bytes(std::span(bytes)), "a.idx1"); }

// Random digits of 4 x 3 pixels and their labels 0 to 2, written under the names that MNIST has.
void put_digits(const TestFolder& folder, const std::string& images, const std::string& labels,
                uint32_t count, const std::function<std::string(const std::string&)>& pack) {
  std::string pixels, numbers;
  for (uint32_t i = 0; i < count; ++i) {
    pixels += std::string(12, static_cast<char>(i));
    numbers += static_cast<char>(i % 3);
  }
  folder.put(images, pack(idx(8, {count, 4, 3}, pixels)));
  folder.put(labels, pack(idx(8, {count}, numbers)));
}

const auto kPlain = [](const std::string& text) { return text; };

TEST(Idx, HoldsEveryType) {
  const Array bytes = decode(idx(0x08, {2, 3}, std::string("\x01\x02\x03\x04\x05\xff", 6)));
  EXPECT_TRUE(identical(bytes, Array::of<uint8_t>({2, 3}, {1, 2, 3, 4, 5, 255})));
  EXPECT_TRUE(identical(decode(idx(0x09, {2}, "\x01\xff")), Array::of<int8_t>({2}, {1, -1})));
  EXPECT_TRUE(identical(decode(idx(0x0B, {2}, std::string("\x01\x00\xff\xff", 4))),
                        Array::of<int16_t>({2}, {256, -1})));
  EXPECT_TRUE(identical(decode(idx(0x0C, {1}, std::string("\x00\x01\x00\x00", 4))),
                        Array::of<int32_t>({1}, {65536})));
  EXPECT_TRUE(
      identical(decode(idx(0x0D, {1}, std::string("\x3f\xc0\x00\x00", 4))), Array::of<float>({1}, {1.5F})));
  EXPECT_TRUE(identical(decode(idx(0x0E, {1}, std::string("\x3f\xf8\x00\x00\x00\x00\x00\x00", 8))),
                        Array::of<double>({1}, {1.5})));
}

TEST(Idx, MayBePacked) {
  const std::string file = idx(0x08, {300, 300}, std::string(90000, 'x'));
  EXPECT_TRUE(identical(decode(gzip(file)), decode(file)));
}

TEST(Idx, SizesAreChecked) {
  const auto expect = [](const std::string& bytes, const std::string& what) {
    for (const std::string& file : {bytes, gzip(bytes)}) {
      EXPECT_THAT([&] { decode(file); }, ThrowsMessage<InputError>(HasSubstr(what)));
    }
  };
  expect("", "is no IDX file");
  expect("PK\x03\x04 and more", "is no IDX file");
  expect(idx(0x07, {1}, "a"), "is no IDX file");
  expect(idx(0x08, {}, ""), "is no IDX file");
  expect(idx(0x08, {3}, "ab"), "its size is not what its header says");
  expect(idx(0x08, {3}, "abcd"), "its size is not what its header says");
  expect(idx(0x08, {0xffffffff, 0xffffffff, 0xffffffff}, "abcd"), "its size is not what its header says");
  expect(idx(0x08, {3, 3}, "").substr(0, 9), "its size is not what its header says");
  const std::string packed = gzip(idx(0x08, {300}, std::string(300, 'x')));
  EXPECT_THROW(decode(packed.substr(0, packed.size() - 12)), InputError);
  // Of a file that says it holds 4 GB, nothing like that is taken.
  EXPECT_THROW(decode(gzip(idx(0x08, {0xffffffff}, std::string(1 << 20, 'x')))), InputError);
}

TEST(Idx, IsToldByItsName) {
  for (const char* name :
       {"train-images-idx3-ubyte", "a/t10k-labels-idx1-ubyte.gz", "train-images.idx3-ubyte", "x.idx2"}) {
    EXPECT_TRUE(is_idx(name)) << name;
  }
  for (const char* name : {"idx3", "images.png", "train-idx", "x-idx3ubyte", "x-idx0", "index3"}) {
    EXPECT_FALSE(is_idx(name)) << name;
  }
}

TEST(IdxSource, IsAFolderWithTwoParts) {
  const TestFolder folder;
  put_digits(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", 30, kPlain);
  put_digits(folder, "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", 9, gzip);
  const auto source = open_source(folder.path());
  EXPECT_EQ(source->size(), 39);
  EXPECT_EQ(source->class_count(), 3);
  EXPECT_EQ(source->channels(), 1);
  EXPECT_EQ(source->items(Split::kTrain).size(), 30u);
  EXPECT_EQ(source->items(Split::kTest).size(), 9u);
  const int64_t item = source->items(Split::kTest)[4];
  EXPECT_EQ(source->label(item), 1);
  EXPECT_EQ(source->load(item, {4, 3}).data<uint8_t>()[0], 4);
  // One of them alone is split as other sources are.
  const auto train = open_source(folder.path("train-images-idx3-ubyte"));
  EXPECT_EQ(train->size(), 30);
  EXPECT_FALSE(train->items(Split::kValidation).empty());
}

TEST(IdxSource, SaysWhatIsWrong) {
  const TestFolder folder;
  const auto expect = [&](const std::string& what) {
    EXPECT_THAT([&] { open_source(folder.path("train-images-idx3-ubyte")); },
                ThrowsMessage<InputError>(HasSubstr(what)));
  };
  folder.put("train-images-idx3-ubyte", idx(8, {2, 1, 1}, "ab"));
  expect("train-labels-idx1-ubyte, is not beside it");
  folder.put("train-labels-idx1-ubyte", idx(8, {3}, "abc"));
  expect("expected 2 numbers of classes");
  folder.put("train-labels-idx1-ubyte", idx(0x0D, {2}, std::string(8, '\0')));
  expect("expected 2 numbers of classes");
  folder.put("train-labels-idx1-ubyte", idx(0x09, {2}, std::string("\xff\x01", 2)));
  expect("train-labels-idx1-ubyte: item 0: the label -1 is no class");
  folder.put("train-labels-idx1-ubyte", idx(8, {2}, std::string("\0\x01", 2)));
  folder.put("t10k-images-idx3-ubyte", idx(8, {2, 1, 2}, "abcd"));
  folder.put("t10k-labels-idx1-ubyte", idx(8, {2}, std::string("\0\x01", 2)));
  EXPECT_THAT([&] { open_source(folder.path()); },
              ThrowsMessage<InputError>(HasSubstr("its images are (2, 1, 1), those of")));
}

}  // namespace
}  // namespace nudge::data
