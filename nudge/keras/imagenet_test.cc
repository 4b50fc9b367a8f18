#include "nudge/keras/imagenet.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/download/test_folder.h"
#include "nudge/download/test_server.h"
#include "nudge/keras/legacy_file_test.h"

namespace nudge::keras {
namespace {

using applications::ApplicationOptions;
using applications::PretrainedFile;
using download::TestResponse;
using download::TestServer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::ThrowsMessage;

constexpr const char* kName = "MobileNetV2";
const ApplicationOptions kOwnHead{
    .input_shape = {96, 96, 3}, .alpha = 0.35, .classes = 5, .head = applications::Head::kDense};
const ApplicationOptions kNoTop{.input_shape = {96, 96, 3}, .alpha = 0.35, .include_top = false};

ModelPtr published_model(const ApplicationOptions& options) {
  ModelPtr model = applications::build_application(kName, options);
  model->initialize(1);
  return model;
}

void expect_backbone_of(const Model& published, const Model& model) {
  for (const LayerPtr& layer : published.layers()) {
    for (const Weight* weight : std::as_const(*layer).weights()) {
      EXPECT_TRUE(identical(model.layer(layer->name()).weight(weight->name).value, weight->value))
          << layer->name() << ", " << weight->name;
    }
  }
}

class Imagenet : public ::testing::Test {
 protected:
  Imagenet() : home_(folder_.path()) {}

  // Where Keras looks for the file.
  std::string cached(const PretrainedFile& file) const {
    make_folder(folder_.path("models"));
    return folder_.path("models/" + file.name);
  }

  download::TestFolder folder_;
  download::TestKerasHome home_;
};

TEST_F(Imagenet, IsTakenFromKerasCacheAndLeavesTheHead) {
  const ModelPtr published = published_model(kNoTop);
  const PretrainedFile file = applications::imagenet_weights(kName, kOwnHead);
  write_file(cached(file), legacy_image(*published));
  const ModelPtr model = applications::build_application(kName, kOwnHead);
  const LoadedWeights loaded = load_imagenet_weights(*model, file);
  EXPECT_THAT(loaded.missing, ElementsAre("dense"));
  EXPECT_THAT(loaded.unused, IsEmpty());
  expect_backbone_of(*published, *model);
  EXPECT_TRUE(model->layer("dense").weight("kernel").value.empty());
}

// The published files are older than today's names of layers; Keras goes by their order.
TEST_F(Imagenet, GoesByOrderWhereNamesHaveChanged) {
  const ModelPtr published = published_model(kNoTop);
  const PretrainedFile file = applications::imagenet_weights(kName, kOwnHead);
  write_file(cached(file), legacy_image(*published, "old_"));
  const ModelPtr model = applications::build_application(kName, kOwnHead);
  EXPECT_THAT(load_imagenet_weights(*model, file).missing, ElementsAre("dense"));
  expect_backbone_of(*published, *model);
}

TEST_F(Imagenet, HasTheTopOfKeras) {
  const ApplicationOptions with_top{.input_shape = {96, 96, 3}, .alpha = 0.35};
  const ModelPtr published = published_model(with_top);
  const PretrainedFile file = applications::imagenet_weights(kName, with_top);
  EXPECT_THAT(file.name, Not(HasSubstr("no_top")));
  write_file(cached(file), legacy_image(*published));
  const ModelPtr model = applications::build_application(kName, with_top);
  EXPECT_THAT(load_imagenet_weights(*model, file).missing, IsEmpty());
  expect_backbone_of(*published, *model);
}

// A server that breaks off, then goes on.
TEST_F(Imagenet, IsDownloadedOnceAndGoesOnAfterItBrokeOff) {
  const ModelPtr published = published_model(kNoTop);
  const std::vector<std::byte> image = legacy_image(*published);
  const std::string body(reinterpret_cast<const char*>(image.data()), image.size());
  std::vector<int64_t> from;
  const TestServer server([&](const download::TestRequest& request) {
    from.push_back(request.from);
    TestResponse response = download::ranged(request, body);
    if (request.from > 0) return response;
    response.declared = static_cast<int64_t>(body.size());
    response.body.resize(1000);
    return response;
  });
  PretrainedFile file = applications::imagenet_weights(kName, kOwnHead);
  file.url = server.url("/" + file.name);
  const ModelPtr model = applications::build_application(kName, kOwnHead);
  EXPECT_THAT([&] { load_imagenet_weights(*model, file); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("broke off after 1000 bytes"), HasSubstr("put it at " + cached(file)))));
  EXPECT_TRUE(model->layer("Conv1").weight("kernel").value.empty());
  int64_t last = 0;
  for (int i = 0; i < 2; ++i) {
    load_imagenet_weights(*model, file, [&](int64_t done, int64_t) { last = done; });
  }
  expect_backbone_of(*published, *model);
  EXPECT_EQ(last, static_cast<int64_t>(body.size()));
  EXPECT_THAT(from, ElementsAre(0, 1000)) << "the second time it is there";
}

TEST_F(Imagenet, IsNotTakenWithAnotherHashThanThePublished) {
  const TestServer server([](const download::TestRequest&) { return TestResponse{.body = "other"}; });
  PretrainedFile file = applications::imagenet_weights(kName, kOwnHead);
  file.url = server.url("/x.h5");
  file.hash = std::string(32, '0');
  const ModelPtr model = applications::build_application(kName, kOwnHead);
  EXPECT_THAT([&] { load_imagenet_weights(*model, file); },
              ThrowsMessage<InputError>(HasSubstr("another hash than the published")));
  EXPECT_FALSE(std::filesystem::exists(cached(file)));
}

TEST_F(Imagenet, NamesAFileInTheCacheThatIsNoneOfWeights) {
  const PretrainedFile file = applications::imagenet_weights(kName, kOwnHead);
  write_file(cached(file), std::string("<html>"));
  const ModelPtr model = applications::build_application(kName, kOwnHead);
  EXPECT_THAT([&] { load_imagenet_weights(*model, file); },
              ThrowsMessage<InputError>(HasSubstr(cached(file))));
}

TEST_F(Imagenet, NamesTheLayerThatAnotherWidthDoesNotFit) {
  const PretrainedFile file = applications::imagenet_weights(kName, kOwnHead);
  ApplicationOptions wider = kNoTop;
  wider.alpha = 0.5;
  write_file(cached(file), legacy_image(*published_model(wider)));
  const ModelPtr model = applications::build_application(kName, kOwnHead);
  EXPECT_THAT([&] { load_imagenet_weights(*model, file); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(file.name), HasSubstr("layer 'block_1_project'"))));
  EXPECT_TRUE(model->layer("Conv1").weight("kernel").value.empty());
}

}  // namespace
}  // namespace nudge::keras
