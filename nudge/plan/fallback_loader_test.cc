#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/plan/fallback.h"
#include "nudge/plan/plan_testing.h"

namespace nudge::plan {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(FallbackLoader, AMissingFileIsNamed) {
  EXPECT_THAT([] { load_fallback_factory("/nowhere/libnudge_torch.so"); },
              ThrowsMessage<UnsupportedError>(
                  AllOf(HasSubstr("/nowhere/libnudge_torch.so"), HasSubstr("cannot be loaded"))));
}

TEST(FallbackLoader, AnotherLibraryIsRefused) {
  EXPECT_THAT([] { load_fallback_factory("libdl.so.2"); },
              ThrowsMessage<UnsupportedError>(HasSubstr("has no symbol nudge_fallback_factory")));
}

TEST(FallbackLoader, SearchListsWhereItLooked) {
  const std::vector<std::string> paths{"/nowhere/a.so", "/nowhere/b.so"};
  EXPECT_THAT([&] { find_fallback_file(paths); },
              ThrowsMessage<UnsupportedError>(
                  AllOf(HasSubstr("/nowhere/a.so, /nowhere/b.so"), HasSubstr("set NUDGE_TORCH"))));
}

TEST(FallbackLoader, FindsTheBuiltLibrary) { EXPECT_NO_THROW(fallback_factory()); }

}  // namespace
}  // namespace nudge::plan
