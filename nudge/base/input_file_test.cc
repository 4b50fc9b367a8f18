#include "nudge/base/input_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"

namespace nudge {
namespace {

using testing::HasSubstr;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string failure(const std::function<void()>& work) {
  try {
    work();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no InputError";
  return "";
}

TEST(InputFile, ReadsAnyPart) {
  const TestFolder folder;
  write_file(folder.path("a.bin"), std::string("0123456789"));
  const InputFile file(folder.path("a.bin"));
  EXPECT_EQ(file.size(), 10u);
  EXPECT_EQ(text_of(file.read(3, 4)), "3456");
  EXPECT_EQ(text_of(file.read(10, 0)), "");
  EXPECT_EQ(text_of(file.read(0, 10)), "0123456789");
}

TEST(InputFile, WhatIsBehindItsEndIsAnError) {
  const TestFolder folder;
  write_file(folder.path("a.bin"), std::string("0123456789"));
  const InputFile file(folder.path("a.bin"));
  EXPECT_THAT(failure([&] { file.read(8, 3); }), HasSubstr("a.bin: ends too early"));
  EXPECT_THAT(failure([&] { file.read(11, 0); }), HasSubstr("ends too early"));
  EXPECT_THAT(failure([&] { file.read(1, UINT64_MAX); }), HasSubstr("ends too early"));
  // Cut off after it was opened.
  std::filesystem::resize_file(folder.path("a.bin"), 4);
  EXPECT_THAT(failure([&] { file.read(2, 5); }), HasSubstr("ends too early"));
}

TEST(InputFile, OnlyPlainFilesAreOpened) {
  const TestFolder folder;
  EXPECT_THAT(failure([&] { InputFile(folder.path("none")); }), HasSubstr("No such file"));
  EXPECT_THAT(failure([&] { InputFile{folder.path()}; }), HasSubstr("no plain file"));
}

}  // namespace
}  // namespace nudge
