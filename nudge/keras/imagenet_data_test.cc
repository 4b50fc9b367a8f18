// ImageNet's weights themselves, which lie beside the project.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "nudge/base/file.h"
#include "nudge/download/test_folder.h"
#include "nudge/keras/imagenet.h"
#include "nudge/keras/save.h"

namespace nudge::keras {
namespace {

namespace fs = std::filesystem;

const fs::path kPretrained = fs::path(NUDGE_SOURCE_DIR) / "../shared/data/pretrained";

void collect(const Model& model, std::map<std::string, Array>& values) {
  for (const LayerPtr& layer : model.layers()) {
    if (const auto* nested = dynamic_cast<const Model*>(layer.get())) {
      collect(*nested, values);
      continue;
    }
    for (const Weight* weight : std::as_const(*layer).weights()) {
      values[layer->name() + "/" + weight->name] = weight->value;
    }
  }
}

// Every model of Teachable Machine has the published weights as its backbone, to the bit.
TEST(Imagenet, ThePublishedFileInKerasCacheIsTheBackboneOfTeachableMachine) {
  using applications::Head;
  const applications::ApplicationOptions options{.alpha = 0.35, .classes = 5, .head = Head::kDense};
  const applications::PretrainedFile file = applications::imagenet_weights("MobileNetV2", options);
  if (!fs::exists(kPretrained / file.name)) {
    GTEST_SKIP() << "../shared/data/pretrained/" << file.name << " is not there";
  }
  const download::TestFolder folder;
  const download::TestKerasHome home(folder.path());
  make_folder(folder.path("models"));
  fs::copy_file(kPretrained / file.name, folder.path("models/" + file.name));
  const ModelPtr model = applications::build_application("MobileNetV2", options);
  const LoadedWeights loaded = load_imagenet_weights(*model, file);
  EXPECT_THAT(loaded.missing, testing::ElementsAre("dense"));
  EXPECT_THAT(loaded.unused, testing::IsEmpty());

  std::map<std::string, Array> mine;
  std::map<std::string, Array> theirs;
  collect(*model, mine);
  collect(*load_model((kPretrained / "teachable_machine_2.h5").string()), theirs);
  constexpr size_t kBackboneWeights = 260;
  ASSERT_EQ(mine.size(), kBackboneWeights + 2);
  for (const auto& [name, value] : mine) {
    if (name.starts_with("dense/")) continue;
    EXPECT_TRUE(theirs.contains(name) && identical(value, theirs.at(name))) << name;
  }
}

}  // namespace
}  // namespace nudge::keras
