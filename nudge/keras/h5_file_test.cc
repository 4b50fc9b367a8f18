#include "nudge/keras/h5_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/keras/named_arrays.h"
#include "nudge/keras/raw_h5_test.h"

namespace nudge::keras {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::byte> small_file() {
  H5File file = H5File::create("small.h5");
  H5Group group = file.root().make_group("layers").make_group("dense");
  group.write("0", Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  group.write_attribute("name", std::string("dense_1"));
  group.write_attribute("names", std::vector<std::string>{"kernel", "", "bias"});
  return file.image();
}

template <typename T>
void expect_round_trip(const std::vector<T>& values) {
  const Array array = Array::of<T>({static_cast<int64_t>(values.size())}, values);
  H5File file = H5File::create("types.h5");
  file.root().write("x", array);
  const auto image = file.image();
  EXPECT_TRUE(identical(H5File::from_image(image, "types.h5").root().read("x"), array))
      << to_string(array.type());
}

// Bytes changed at random: HDF5 crashes on one in a few hundred such files.
TEST(H5File, DamageIsRefusedOrRead) {
  const uint64_t seed = 20261127;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const std::vector<std::byte> whole = small_file();
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::byte> damaged = whole;
    for (int change = 0; change < 4; ++change) {
      damaged[random.below(damaged.size())] = static_cast<std::byte>(random.below(256));
    }
    try {
      const H5File file = H5File::from_image(damaged, "damaged.h5");
      file.root().group("layers").group("dense").read("0");
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 10);
}

TEST(H5File, RoundTripsGroupsArraysAndAttributes) {
  const H5File file = H5File::from_image(small_file(), "small.h5");
  const H5Group group = file.root().group("layers").group("dense");
  EXPECT_EQ(group.path(), "/layers/dense");
  EXPECT_THAT(group.names(), ElementsAre("0"));
  EXPECT_TRUE(identical(group.read("0"), Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6})));
  EXPECT_EQ(group.text_attribute("name"), "dense_1");
  EXPECT_THAT(*group.texts_attribute("names"), ElementsAre("kernel", "", "bias"));
  EXPECT_EQ(group.text_attribute("other"), std::nullopt);
  EXPECT_FALSE(file.root().find_group("optimizer").has_value());
}

TEST(H5File, RoundTripsEveryNumberType) {
  expect_round_trip<float>({-0.0F, 1e-40F, 3.5F});
  expect_round_trip<double>({-0.0, 1e-300});
  expect_round_trip<int8_t>({-128, 127});
  expect_round_trip<uint8_t>({0, 255});
  expect_round_trip<int16_t>({-32768, 32767});
  expect_round_trip<int32_t>({INT32_MIN, INT32_MAX});
  expect_round_trip<int64_t>({INT64_MIN, INT64_MAX});
  expect_round_trip<float>({});
}

TEST(H5File, KeepsScalarsAndEmptyShapes) {
  H5File file = H5File::create("scalars.h5");
  file.root().write("scalar", Array::scalar<int64_t>(7));
  file.root().write("empty", Array(Shape{0, 4}));
  const auto image = file.image();
  const H5File read = H5File::from_image(image, "scalars.h5");
  EXPECT_TRUE(identical(read.root().read("scalar"), Array::scalar<int64_t>(7)));
  EXPECT_EQ(read.root().read("empty").shape(), (Shape{0, 4}));
}

TEST(H5File, SameContentGivesSameBytes) { EXPECT_EQ(small_file(), small_file()); }

TEST(H5File, ErrorsNameTheFileAndThePath) {
  const H5File file = H5File::from_image(small_file(), "small.h5");
  const H5Group layers = file.root().group("layers");
  EXPECT_THAT([&] { layers.group("conv"); },
              ThrowsMessage<InputError>(HasSubstr("small.h5: /layers/conv: is missing")));
  EXPECT_THAT([&] { layers.read("dense"); },
              ThrowsMessage<InputError>(HasSubstr("/layers/dense: must be an array")));
  EXPECT_THAT([&] { layers.group("dense").group("0"); },
              ThrowsMessage<InputError>(HasSubstr("/layers/dense/0: must be a group")));
  EXPECT_THAT([&] { layers.group("dense").text_attribute("names"); },
              ThrowsMessage<InputError>(HasSubstr("attribute 'names' must be one text")));
  EXPECT_THAT([] { H5File::from_image({}, "nothing.h5"); },
              ThrowsMessage<InputError>(HasSubstr("nothing.h5")));
}

TEST(H5File, RefusesToWriteWhatItCannotStore) {
  H5File file = H5File::create("new.h5");
  H5Group root = file.root();
  EXPECT_THROW(root.write("mask", Array({2}, DataType::kBool)), UnsupportedError);
  root.write("x", Array({2}));
  EXPECT_THROW(root.write("x", Array({2})), OutputError);
  EXPECT_THROW(root.make_group("x"), OutputError);
}

// What only a hostile or foreign file holds.
void add_hostile_content(hid_t file) {
  H5Lcreate_external("/etc/passwd", "/", file, "external", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/elsewhere", file, "soft", H5P_DEFAULT, H5P_DEFAULT);

  // 2^40 floats that were never written take no room in the file.
  const hsize_t huge = hsize_t{1} << 40, chunk = 1024;
  const hid_t space = H5Screate_simple(1, &huge, nullptr);
  const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(chunked, 1, &chunk);
  H5Dclose(H5Dcreate2(file, "chunked", H5T_IEEE_F32LE, space, H5P_DEFAULT, chunked, H5P_DEFAULT));
  H5Dclose(H5Dcreate2(file, "plain", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  const hid_t outside = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(outside, "/etc/passwd", 0, H5F_UNLIMITED);
  H5Dclose(H5Dcreate2(file, "outside", H5T_IEEE_F32LE, space, H5P_DEFAULT, outside, H5P_DEFAULT));

  const hsize_t two = 2;
  const hid_t small = H5Screate_simple(1, &two, nullptr);
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 4);
  H5Dclose(H5Dcreate2(file, "text", text, small, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  const hid_t attribute = H5Acreate2(file, "fixed", text, small, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, text, "abcdef\0");
  const hid_t number = H5Acreate2(file, "number", H5T_STD_I32LE, small, H5P_DEFAULT, H5P_DEFAULT);
  // A group that contains itself.
  H5Lcreate_hard(file, "/", file, "self", H5P_DEFAULT, H5P_DEFAULT);
  for (const hid_t id : {attribute, number}) H5Aclose(id);
  for (const hid_t id : {space, small}) H5Sclose(id);
  for (const hid_t id : {chunked, outside}) H5Pclose(id);
  H5Tclose(text);
}

TEST(H5File, RefusesHostileContent) {
  const auto image = raw_h5(add_hostile_content);
  const H5File file = H5File::from_image(image, "hostile.h5");
  const H5Group root = file.root();
  for (const char* link : {"external", "soft"}) {
    EXPECT_THAT([&] { root.read(link); }, ThrowsMessage<InputError>(HasSubstr("is a link"))) << link;
  }
  for (const char* huge : {"chunked", "plain"}) {
    EXPECT_THAT([&] { root.read(huge); }, ThrowsMessage<InputError>(HasSubstr("declares more data"))) << huge;
  }
  EXPECT_THAT([&] { root.read("outside"); }, ThrowsMessage<InputError>(HasSubstr("kept in another file")));
  EXPECT_THAT([&] { root.read("text"); }, ThrowsMessage<InputError>(HasSubstr("not a number")));
  EXPECT_THAT([&] { root.texts_attribute("number"); }, ThrowsMessage<InputError>(HasSubstr("must be text")));
  EXPECT_THAT(*root.texts_attribute("fixed"), ElementsAre("abcd", "ef"));
  EXPECT_THROW(read_arrays(root), InputError);
  EXPECT_THAT([&] { read_arrays(root.group("self")); }, ThrowsMessage<InputError>(HasSubstr("hostile.h5")));
}

// Keras keeps bfloat16 as two opaque bytes, and HDF5 itself knows float16.
TEST(H5File, HalfPrecisionComesAsFloat32) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, false);
  const hid_t file = H5Fcreate("half.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  const auto write = [file](const char* name, hid_t type, const std::vector<uint16_t>& codes) {
    const hsize_t count = codes.size();
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    const hid_t data = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, codes.data());
    H5Dclose(data);
    H5Sclose(space);
    H5Tclose(type);
  };
  write("bfloat16", H5Tcreate(H5T_OPAQUE, 2), {0x3f80, 0xc040, 0x3e80, 0x0001, 0x7f7f});
  const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(half, 15, 10, 5, 0, 10);
  H5Tset_size(half, 2);
  H5Tset_ebias(half, 15);
  write("float16", half, {0x3c00, 0xc200, 0x3400});
  write("opaque", H5Tcreate(H5T_OPAQUE, 3), {1, 2, 3, 4, 5, 6});
  H5Fflush(file, H5F_SCOPE_LOCAL);
  std::vector<std::byte> image(static_cast<size_t>(H5Fget_file_image(file, nullptr, 0)));
  H5Fget_file_image(file, image.data(), image.size());
  H5Fclose(file);
  H5Pclose(access);

  const H5Group root = H5File::from_image(image, "half.h5").root();
  EXPECT_TRUE(
      identical(root.read("bfloat16"), Array::of<float>({5}, {1.0F, -3.0F, 0.25F, 0x1p-133F, 0x1.fep127F})));
  EXPECT_TRUE(identical(root.read("float16"), Array::of<float>({3}, {1.0F, -3.0F, 0.25F})));
  EXPECT_THAT([&] { root.read("opaque"); }, ThrowsMessage<InputError>(HasSubstr("not a number")));
}

TEST(H5File, ReportsDamageAnywhereWithoutCrashing) {
  const auto whole = small_file();
  for (size_t size = 0; size < whole.size(); size += 29) {
    SCOPED_TRACE(size);
    EXPECT_THROW(
        {
          const H5File file = H5File::from_image(std::span(whole).first(size), "cut.h5");
          read_arrays(file.root());
        },
        InputError);
  }
  // More of these, and of whole models, are in tests/fuzz.
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    auto damaged = whole;
    for (int i = 0; i < 3; ++i)
      damaged[random.below(damaged.size())] = static_cast<std::byte>(random.below(256));
    try {
      const H5File file = H5File::from_image(damaged, "damaged.h5");
      for (const auto& [name, array] : read_arrays(file.root())) EXPECT_LE(array.size(), 1 << 24) << name;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("damaged.h5"));
    }
  }
}

TEST(H5File, ThreadsTakeTurns) {
  std::vector<std::thread> threads;
  std::array<std::vector<std::byte>, 4> images;
  for (auto& image : images) {
    threads.emplace_back([&image] {
      for (int i = 0; i < 20; ++i) image = small_file();
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& image : images) EXPECT_EQ(image, small_file());
}

TEST(NamedArrays, RoundTripsNamesWithGroups) {
  const NamedArrays arrays = {{"optimizer/conv/kernel/velocity", Array::full<float>({2, 2}, 0.5F)},
                              {"optimizer/iterations", Array::scalar<int64_t>(12)},
                              {"seed", Array::scalar<int32_t>(3)}};
  H5File file = H5File::create("arrays.h5");
  write_arrays(file.root(), arrays);
  const auto image = file.image();
  const NamedArrays read = read_arrays(H5File::from_image(image, "arrays.h5").root());
  ASSERT_EQ(read.size(), arrays.size());
  for (const auto& [name, array] : arrays) EXPECT_TRUE(identical(read.at(name), array)) << name;
}

TEST(NamedArrays, RefusesNamesThatCannotBeTold) {
  const Array one = Array::scalar(1.0F);
  for (const NamedArrays& arrays : {NamedArrays{{"", one}}, NamedArrays{{"a//b", one}},
                                    NamedArrays{{"a/", one}}, NamedArrays{{"a", one}, {"a/b", one}}}) {
    H5File file = H5File::create("arrays.h5");
    EXPECT_THROW(write_arrays(file.root(), arrays), ValueError) << arrays.begin()->first;
  }
}

}  // namespace
}  // namespace nudge::keras
