// Files that crash HDF5, or that it never ends to read, in ../shared/cases/hostile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/keras/save.h"
#include "nudge/layers/register.h"

namespace nudge::keras {
namespace {

TEST(HostileFiles, EndInOneLine) {
  const std::filesystem::path folder = NUDGE_SOURCE_DIR "/../shared/cases/hostile";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no shared/cases beside the checkout";
  layers::register_layers();
  for (const char* name : {"hdf5_ring.keras", "hdf5_segv.keras"}) {
    EXPECT_THAT([&] { load_outline(folder / name); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr("its HDF5 data is damaged")));
    EXPECT_THROW(load_saved(folder / name), InputError);
  }
}

}  // namespace
}  // namespace nudge::keras
