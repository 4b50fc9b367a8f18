#include "nudge/data/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/data/npy.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

using testing::HasSubstr;

// A version 1 file with this header.
std::string npy(const std::string& header, const std::string& data) {
  std::string file("\x93NUMPY\x01\x00", 8);
  file.push_back(static_cast<char>(header.size() & 0xFF));
  file.push_back(static_cast<char>(header.size() >> 8));
  return file + header + data;
}

Array decode_array(const std::string& file) { return decode_npy(std::as_bytes(std::span(file)), "x.npy"); }

TEST(Npy, EveryTypeAndRankComesBack) {
  const TestFolder folder;
  const Array arrays[] = {Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}),
                          Array::of<double>({1}, {0.5}),
                          Array::of<uint8_t>({2, 1, 2}, {0, 255, 3, 4}),
                          Array::of<int8_t>({2}, {-128, 127}),
                          Array::of<int16_t>({2}, {-5, 5}),
                          Array::of<int32_t>({}, {7}),
                          Array::of<int64_t>({2}, {-1, int64_t{1} << 40}),
                          Array({0, 3})};
  for (const Array& array : arrays) {
    SCOPED_TRACE(to_string(array.type()) + to_string(array.shape()));
    write_npy(folder.path("a.npy"), array);
    const Array back = read_npy(folder.path("a.npy"));
    EXPECT_EQ(back.shape(), array.shape());
    EXPECT_TRUE(array.size() == 0 || identical(back, array));
    EXPECT_EQ(encode_npy(array).size() % 64, array.byte_size() % 64);
  }
}

TEST(Npy, ReadsWhatNumpyWrites) {
  const Array array = decode_array(npy("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }   \n",
                                       std::string("\1\0\0\0\2\0\0\0\3\0\0\0", 12)));
  EXPECT_TRUE(identical(array, Array::of<int32_t>({3}, {1, 2, 3})));
}

TEST(Npy, KnownButUnreadKindsAreNamed) {
  const auto message = [](const std::string& header) {
    try {
      decode_array(npy(header, "12345678"));
    } catch (const UnsupportedError& error) {
      return std::string(error.what());
    }
    return std::string("no UnsupportedError");
  };
  EXPECT_THAT(message("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }"), HasSubstr("Fortran"));
  EXPECT_THAT(message("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }"), HasSubstr(">f4"));
  EXPECT_THAT(message("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), HasSubstr("|O"));
  EXPECT_THAT(message("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
              HasSubstr("records"));
  std::string future = npy("{}", "");
  future[6] = 9;
  EXPECT_THROW(decode_array(future), UnsupportedError);
}

TEST(Npy, DamageIsAnError) {
  for (const char* header :
       {"", "{'descr': '<f4', 'fortran_order': False, }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (x,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }"}) {
    SCOPED_TRACE(header);
    EXPECT_THROW(decode_array(npy(header, "12345678")), InputError);
  }
  EXPECT_THROW(decode_array(""), InputError);
  EXPECT_THROW(decode_array("not an array at all"), InputError);
  std::string truncated = npy("{'descr'", "");
  truncated[9] = 1;
  EXPECT_THROW(decode_array(truncated), InputError);
}

TEST(Npz, ArraysComeBackStoredOrDeflated) {
  const TestFolder folder;
  const NamedArrays arrays = {{"x", Array::full<uint8_t>({10, 8, 8, 3}, 7)},
                              {"y", Array::of<int64_t>({2}, {0, 1})}};
  for (const bool compress : {false, true}) {
    const std::string path = folder.path("a.npz");
    write_npz(path, arrays, compress);
    const Archive back = read_npz(path);
    ASSERT_EQ(back.size(), 2u);
    for (const auto& [name, array] : arrays) EXPECT_TRUE(identical(back.at(name), array)) << name;
    EXPECT_EQ(std::filesystem::file_size(path) < 1920, compress);
  }
}

// numpy lists arrays as they lie in the file.
TEST(Npz, ArraysKeepTheirOrder) {
  const TestFolder folder;
  write_npz(folder.path("a.npz"), {{"z", Array({1})}, {"a", Array({1})}, {"m", Array({1})}});
  const std::string bytes = read_text_file(folder.path("a.npz"));
  EXPECT_LT(bytes.find("z.npy"), bytes.find("a.npy"));
  EXPECT_LT(bytes.find("a.npy"), bytes.find("m.npy"));
}

TEST(Npz, UnwritablePathsAreOutputErrors) {
  EXPECT_THROW(write_npz("/dev/null/a.npz", {{"x", Array({2})}}), OutputError);
  EXPECT_THROW(write_npy("/dev/null/a.npy", Array({2})), OutputError);
}

TEST(Npz, AChangedValueIsToldByTheChecksum) {
  const TestFolder folder;
  for (const bool compress : {false, true}) {
    write_npz(folder.path("a.npz"), {{"x", Array::full<uint8_t>({1000}, 7)}}, compress);
    std::string file = read_text_file(folder.path("a.npz"));
    const size_t at = compress ? file.size() / 3 : 500;
    file[at] = static_cast<char>(file[at] ^ 1);
    EXPECT_THROW(read_npz(folder.put("b.npz", file)), InputError) << compress;
  }
}

TEST(Npz, FlippedBitsNeverCrash) {
  const uint64_t seed = 21;
  SCOPED_TRACE(seed);
  Random random(seed);
  const TestFolder folder;
  write_npz(folder.path("a.npz"), {{"x", Array::full<uint8_t>({4, 4}, 1)}, {"y", Array({4})}}, true);
  const std::string good = read_text_file(folder.path("a.npz"));
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string file = good;
    for (uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      const uint64_t at = random.below(file.size());
      file[at] = static_cast<char>(file[at] ^ (1 << random.below(8)));
    }
    if (random.below(4) == 0) file.resize(random.below(file.size()));
    std::filesystem::remove(folder.path("b.npz"));
    try {
      read_npz(folder.put("b.npz", file));
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
  EXPECT_THROW(read_npz(folder.path("none.npz")), InputError);
  EXPECT_THROW(read_npz(folder.put("words.npz", "these are words")), InputError);
}

// Zeros in a thousandth of their size.
TEST(Npz, ArraysThatUnpackToFarMoreAreRefused) {
  const TestFolder folder;
  const std::string path = folder.path("zeros.npz");
  write_npz(path, {{"x", Array({int64_t{90} << 20}, DataType::kUInt8)}}, true);
  EXPECT_LT(std::filesystem::file_size(path), 200'000U);
  EXPECT_THAT([&] { read_npz(path); },
              testing::ThrowsMessage<InputError>(HasSubstr("unpacks to 94371968 bytes")));
  write_npz(path, {{"x", Array({int64_t{30} << 20}, DataType::kUInt8)}}, true);
  EXPECT_EQ(read_npz(path).at("x").size(), 30 << 20);
}

}  // namespace
}  // namespace nudge::data
