#include "nudge/data/tf_flowers.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"
#include "nudge/data/source.h"
#include "nudge/data/test_folder.h"
#include "nudge/download/test_folder.h"

namespace nudge::data {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(TfFlowers, AreFoundInTheCacheOfKeras) {
  const TestFolder folder;
  const download::TestKerasHome home(folder.path());
  for (const char* item : {"daisy/1.png", "daisy/2.png", "roses/1.png", "roses/2.png"}) {
    folder.put_picture("datasets/flower_photos/" + std::string(item));
  }
  folder.put("datasets/flower_photos/LICENSE.txt", "CC BY 2.0");
  const auto source = open_source("tf_flowers");
  EXPECT_THAT(source->class_names(), testing::ElementsAre("daisy", "roses"));
  EXPECT_EQ(source->size(), 4);
}

// Nothing is fetched: the archive is there.
TEST(TfFlowers, AreNotTakenFromADamagedArchive) {
  const TestFolder folder;
  const download::TestKerasHome home(folder.path());
  folder.put("datasets/flower_photos.tgz", "no archive");
  EXPECT_THAT([] { open_source("tf_flowers"); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("flower_photos.tgz"), HasSubstr("remove it, and it is downloaded again"))));
}

}  // namespace
}  // namespace nudge::data
