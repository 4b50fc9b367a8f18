// Teachable Machine's models within models give the files of their flat twins.
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/test_folder.h"
#include "nudge/graph/flatten.h"
#include "nudge/keras/save.h"
#include "nudge/post_training/test_flat_twin.h"

namespace nudge::post_training {
namespace {

TEST(FlatTwin, OfTeachableMachine) {
  const std::filesystem::path data_folder = NUDGE_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::exists(data_folder)) GTEST_SKIP() << "../shared/data is not there";
  const TestFolder folder;
  data::Loader photos(data::open_source(data_folder / "flower_photos_small"),
                      {.batch = 8, .preprocess = data::Preprocess::kTf, .threads = 1});
  for (const char* name : {"teachable_machine_2.h5", "teachable_machine_3.h5"}) {
    SCOPED_TRACE(name);
    const ModelPtr nested = keras::load_model(data_folder / "pretrained" / name);
    keras::save_model(*flatten_model(*nested), folder.path("flat.keras"));
    const ModelPtr flat = keras::load_model(folder.path("flat.keras"));
    ASSERT_GT(flat->layers().size(), 100U) << "the backbone's own";
    ASSERT_LT(nested->layers().size(), 5U);
    EXPECT_EQ(quantized_file(*nested, photos), quantized_file(*flat, photos));
  }
}

}  // namespace
}  // namespace nudge::post_training
