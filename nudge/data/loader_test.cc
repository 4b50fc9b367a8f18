#include "nudge/data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <set>

#include "nudge/base/error.h"
#include "nudge/data/array_source.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

// Pictures of one value, their item's number; counts how often they are loaded.
class Numbers : public Source {
 public:
  explicit Numbers(int64_t size, int64_t bad = -1) : size_(size), bad_(bad) {}
  const std::string& spec() const override { return spec_; }
  int64_t size() const override { return size_; }
  const std::vector<std::string>& class_names() const override { return classes_; }
  int32_t label(int64_t item) const override { return static_cast<int32_t>(item % 2); }
  std::string item_name(int64_t item) const override { return std::to_string(item); }
  ImageSize stored_size(int64_t) const override { return {}; }
  Array load(int64_t item, ImageSize size) const override {
    ++loads;
    if (item == bad_) throw InputError("b/7.jpg: the image is empty");
    return Array::full<uint8_t>({size.height, size.width, 3}, static_cast<uint8_t>(item));
  }
  mutable std::atomic<int> loads = 0;

 private:
  std::string spec_ = "numbers";
  std::vector<std::string> classes_ = {"even", "odd"};
  int64_t size_;
  int64_t bad_;
};

LoaderOptions small() {
  LoaderOptions options;
  options.split = Split::kAll;
  options.size = {2, 3};
  options.batch = 4;
  options.threads = 2;
  return options;
}

std::vector<int64_t> epoch_items(Loader& loader) {
  std::vector<int64_t> items;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const Batch batch = loader.next();
    EXPECT_EQ(batch.step, step);
    items.insert(items.end(), batch.items.begin(), batch.items.end());
  }
  return items;
}

TEST(Loader, UnshuffledItemsComeInOrderWithTheirLabels) {
  LoaderOptions options = small();
  options.shuffle = false;
  Loader loader(std::make_shared<Numbers>(10), options);
  EXPECT_EQ(loader.size(), 10);
  EXPECT_EQ(loader.steps_per_epoch(), 3);
  int64_t item = 0;
  for (const int64_t count : {4, 4, 2}) {
    const Batch batch = loader.next();
    ASSERT_EQ(batch.inputs[0].shape(), (Shape{count, 2, 3, 3}));
    ASSERT_EQ(batch.targets[0].shape(), (Shape{count}));
    for (int64_t i = 0; i < count; ++i, ++item) {
      EXPECT_EQ(batch.items[static_cast<size_t>(i)], item);
      EXPECT_EQ(batch.targets[0].data<int32_t>()[i], item % 2);
      for (const float value : batch.inputs[0].slice(i, i + 1).span<float>())
        EXPECT_EQ(value, static_cast<float>(item));
    }
  }
  EXPECT_EQ(loader.next().epoch, 1);
}

TEST(Loader, EveryEpochHoldsEachItemOnceInAnotherOrder) {
  Loader loader(std::make_shared<Numbers>(50), small());
  const std::vector<int64_t> first = epoch_items(loader);
  const std::vector<int64_t> second = epoch_items(loader);
  EXPECT_NE(first, second);
  for (const auto& items : {first, second}) {
    EXPECT_EQ(items.size(), 50u);
    EXPECT_EQ(std::set<int64_t>(items.begin(), items.end()).size(), 50u);
  }
}

TEST(Loader, BatchesDoNotDependOnThreadsOrPrefetch) {
  LoaderOptions options = small();
  options.augment = "flip,shift,zoom,brightness,contrast";
  options.seed = 5;
  options.threads = 1;
  options.prefetch = 1;
  Loader one(std::make_shared<Numbers>(30), options);
  options.threads = 4;
  options.prefetch = 7;
  options.cache_bytes = 0;
  Loader four(std::make_shared<Numbers>(30), options);
  options.seed = 6;
  Loader other(std::make_shared<Numbers>(30), options);
  bool differs = false;
  for (int i = 0; i < 20; ++i) {
    const Batch a = one.next();
    const Batch b = four.next();
    EXPECT_EQ(a.items, b.items);
    EXPECT_TRUE(identical(a.inputs[0], b.inputs[0]));
    EXPECT_TRUE(identical(a.targets[0], b.targets[0]));
    differs |= other.next().items != a.items;
  }
  EXPECT_TRUE(differs);
}

TEST(Loader, AugmentationMayHaveASeedOfItsOwn) {
  LoaderOptions options = small();
  options.augment = "brightness";
  options.seed = 5;
  Loader plain(std::make_shared<Numbers>(30), options);
  options.augment_seed = 5;
  Loader same(std::make_shared<Numbers>(30), options);
  options.augment_seed = 6;
  Loader other(std::make_shared<Numbers>(30), options);
  const Batch a = plain.next(), b = same.next(), c = other.next();
  EXPECT_EQ(a.items, c.items);
  EXPECT_TRUE(identical(a.inputs[0], b.inputs[0]));
  EXPECT_FALSE(identical(a.inputs[0], c.inputs[0]));
}

TEST(Loader, ResumesAnywhere) {
  LoaderOptions options = small();
  options.augment = "brightness";
  Loader whole(std::make_shared<Numbers>(30), options);
  for (int i = 0; i < 8 + 3; ++i) whole.next();
  const Batch expected = whole.next();
  options.first_epoch = 1;
  options.first_step = 3;
  Loader resumed(std::make_shared<Numbers>(30), options);
  Batch batch = resumed.next();
  EXPECT_EQ(batch.epoch, 1);
  EXPECT_EQ(batch.step, 3);
  EXPECT_TRUE(identical(batch.inputs[0], expected.inputs[0]));
  for (int i = 0; i < 5; ++i) resumed.next();
  resumed.seek(1, 3);
  batch = resumed.next();
  EXPECT_EQ(batch.items, expected.items);
  EXPECT_TRUE(identical(batch.inputs[0], expected.inputs[0]));
}

TEST(Loader, LaterEpochsDecodeNothing) {
  const auto source = std::make_shared<Numbers>(20);
  Loader loader(source, small());
  for (int epoch = 0; epoch < 4; ++epoch) epoch_items(loader);
  // Two batches of neighbouring epochs may be decoding one item at once.
  EXPECT_LE(source->loads, 24);
  const auto uncached = std::make_shared<Numbers>(20);
  LoaderOptions options = small();
  options.cache_bytes = 10 * 2 * 3 * 3;
  Loader half(uncached, options);
  for (int epoch = 0; epoch < 4; ++epoch) epoch_items(half);
  EXPECT_GE(uncached->loads, 20 + 3 * 10);
}

TEST(Loader, TheRemainderIsDroppedWhenAsked) {
  LoaderOptions options = small();
  options.drop_remainder = true;
  Loader loader(std::make_shared<Numbers>(10), options);
  EXPECT_EQ(loader.steps_per_epoch(), 2);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(loader.next().inputs[0].shape()[0], 4);
}

TEST(Loader, ValuesArePreprocessed) {
  LoaderOptions options = small();
  options.shuffle = false;
  options.preprocess = Preprocess::kTf;
  Loader loader(std::make_shared<Numbers>(4), options);
  EXPECT_EQ(loader.next().inputs[0].slice(3, 4).data<float>()[0], 3.0f / 127.5f - 1.0f);
}

TEST(Loader, PicturesHaveTheChannelsAskedFor) {
  LoaderOptions options = small();
  options.shuffle = false;
  options.channels = 1;
  options.augment = "flip";
  Loader loader(std::make_shared<Numbers>(4), options);
  const Batch batch = loader.next();
  ASSERT_EQ(batch.inputs[0].shape(), (Shape{4, 2, 3, 1}));
  EXPECT_EQ(batch.inputs[0].slice(3, 4).data<float>()[0], 3.0f);
  options.channels = 4;
  EXPECT_THROW(Loader(std::make_shared<Numbers>(4), options), ValueError);
}

TEST(Loader, ACountIsSpreadOverTheSplit) {
  LoaderOptions options = small();
  options.shuffle = false;
  options.count = 4;
  Loader loader(std::make_shared<Numbers>(10), options);
  EXPECT_EQ(loader.size(), 4);
  EXPECT_THAT(epoch_items(loader), testing::ElementsAre(0, 2, 5, 7));
  options.count = 100;
  EXPECT_EQ(Loader(std::make_shared<Numbers>(10), options).size(), 10);
}

TEST(Loader, AWorkersErrorIsThrownWhenItsBatchIsDue) {
  LoaderOptions options = small();
  options.shuffle = false;
  Loader loader(std::make_shared<Numbers>(12, 5), options);
  EXPECT_EQ(loader.next().items.front(), 0);
  EXPECT_THROW(loader.next(), InputError);
  EXPECT_THROW(loader.next(), InputError);
  loader.seek(0, 2);
  EXPECT_EQ(loader.next().items.front(), 8);
}

TEST(Loader, StopsAtOnceWhileWorkersAreBusy) {
  for (int i = 0; i < 20; ++i) {
    LoaderOptions options = small();
    options.batch = 1000;
    options.threads = 3;
    const Loader loader(std::make_shared<Numbers>(100'000), options);
    EXPECT_EQ(loader.size(), 100'000);
  }
}

TEST(Loader, RefusesWhatCannotBe) {
  const auto source = std::make_shared<Numbers>(10);
  const auto with = [](auto change) {
    LoaderOptions options = small();
    change(options);
    return options;
  };
  EXPECT_THROW(Loader(source, with([](auto& o) { o.batch = 0; })), ValueError);
  EXPECT_THROW(Loader(source, with([](auto& o) { o.prefetch = 0; })), ValueError);
  EXPECT_THROW(Loader(source, with([](auto& o) { o.channels = -1; })), ValueError);
  EXPECT_THROW(Loader(source, with([](auto& o) { o.count = -1; })), ValueError);
  EXPECT_THROW(Loader(source, with([](auto& o) { o.threads = -1; })), ValueError);
  EXPECT_THROW(Loader(source, with([](auto& o) { o.first_step = -1; })), ValueError);
  EXPECT_THROW(Loader(source, with([](auto& o) { o.size = {0, 3}; })), ValueError);
  EXPECT_THROW(Loader(source, with([](auto& o) { o.augment = "spin"; })), ValueError);
  EXPECT_THROW(Loader(std::make_shared<Numbers>(0), small()), InputError);
  EXPECT_THROW(Loader(source, with([](auto& o) {
                        o.batch = 11;
                        o.drop_remainder = true;
                      })),
               InputError);
}

std::shared_ptr<const Source> pairs() {
  Array left = Array::of<uint8_t>({4, 1, 1, 3}, {0, 255, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3});
  return from_arrays({{"left", left},
                      {"right", Array::of<float>({4}, {1, 2, 3, 4})},
                      {"kind", Array::of<int64_t>({4, 1}, {0, 1, 2, 1})},
                      {"depth", Array::of<float>({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8})},
                      {"sample_weight", Array::of<float>({4}, {1, 2, 3, 4})}});
}

LoaderOptions of_pairs() {
  LoaderOptions options;
  options.split = Split::kAll;
  options.inputs = {{"left", {1, 1, 3}}, {"right", {1}}};
  options.targets = {"kind", "", "depth"};
  options.weights = {"sample_weight", "", "sample_weight"};
  options.preprocess = Preprocess::kRescale;
  options.shuffle = false;
  options.batch = 2;
  options.threads = 1;
  return options;
}

TEST(Loader, GivesSeveralInputsTargetsAndWeights) {
  Loader loader(pairs(), of_pairs());
  const Batch batch = loader.next();
  ASSERT_EQ(batch.inputs.size(), 2U);
  EXPECT_EQ(batch.rows(), 2);
  EXPECT_TRUE(identical(batch.inputs[0].slice(0, 1), Array::of<float>({1, 1, 1, 3}, {0, 1, 0})))
      << "bytes are pixels";
  EXPECT_TRUE(identical(batch.inputs[1], Array::of<float>({2, 1}, {1, 2})));
  ASSERT_EQ(batch.targets.size(), 3U);
  EXPECT_TRUE(identical(batch.targets[0], Array::of<int32_t>({2}, {0, 1})));
  EXPECT_TRUE(batch.targets[1].empty());
  EXPECT_TRUE(identical(batch.targets[2], Array::of<float>({2, 2}, {1, 2, 3, 4})));
  ASSERT_EQ(batch.weights.size(), 3U);
  EXPECT_TRUE(identical(batch.weights[0], Array::of<float>({2}, {1, 2})));
  EXPECT_TRUE(batch.weights[1].empty());
}

TEST(Loader, SaysWhichArrayIsMissingOrDoesNotFit) {
  const auto expect = [](LoaderOptions options, const std::string& what) {
    EXPECT_THAT([&] { Loader(pairs(), options); }, testing::ThrowsMessage<Error>(testing::HasSubstr(what)));
  };
  LoaderOptions options = of_pairs();
  options.inputs[0].array = "middle";
  expect(options, "no array middle");
  options = of_pairs();
  options.inputs[0].shape = {2, 2, 3};
  expect(options, "its samples left have the shape (1, 1, 3), the model takes (2, 2, 3)");
  options = of_pairs();
  options.targets[0] = "sort";
  expect(options, "no array sort");
  options = of_pairs();
  options.weights[0] = "depth";
  expect(options, "array depth weighs items");
  options = of_pairs();
  options.augment = "flip";
  expect(options, "only pictures are augmented");
}

// Four pictures a class, two of which are cut off.
class DamagedPictures : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"a", "b"}) {
      for (int i = 0; i < 4; ++i) {
        folder_.put_picture("train/" + name + "/" + std::to_string(i) + ".png", static_cast<uint8_t>(20 * i));
      }
      folder_.put("train/" + name + "/2.png", "no picture");
      folder_.put_picture("validation/" + name + "/0.png");
    }
  }
  std::unique_ptr<Loader> loader(int64_t batch, bool skip, int threads = 1) const {
    LoaderOptions options;
    options.size = {4, 6};
    options.batch = batch;
    options.shuffle = false;
    options.skip_damaged = skip;
    options.threads = threads;
    return std::make_unique<Loader>(open_source(folder_.path()), options);
  }

  TestFolder folder_;
};

TEST_F(DamagedPictures, AreLeftOutAndNamedOnce) {
  testing::internal::CaptureStderr();
  const auto train = loader(4, /*skip=*/true);
  std::vector<int64_t> rows;
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (int64_t step = 0; step < train->steps_per_epoch(); ++step) {
      const Batch batch = train->next();
      EXPECT_EQ(batch.targets[0].shape()[0], batch.rows());
      rows.push_back(batch.rows());
    }
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(rows, (std::vector<int64_t>{3, 3, 3, 3}));
  ASSERT_EQ(train->damaged().size(), 2U);
  EXPECT_THAT(train->damaged()[0], testing::HasSubstr("a/2.png"));
  EXPECT_THAT(train->damaged()[1], testing::HasSubstr("b/2.png"));
  EXPECT_EQ(said.find("a/2.png"), said.rfind("a/2.png")) << said;
}

TEST_F(DamagedPictures, ABatchIsNeverEmpty) {
  testing::internal::CaptureStderr();
  const auto train = loader(1, /*skip=*/true, 2);
  for (int64_t step = 0; step < train->steps_per_epoch(); ++step) EXPECT_EQ(train->next().rows(), 1);
  testing::internal::GetCapturedStderr();
}

TEST_F(DamagedPictures, AreAnErrorWhereNoneMayBeSkipped) {
  const auto train = loader(4, /*skip=*/false);
  EXPECT_THAT([&] { train->next(); }, testing::ThrowsMessage<InputError>(testing::HasSubstr("a/2.png")));
}

TEST_F(DamagedPictures, WhereNoneCanBeReadNothingIsTrained) {
  for (const std::string name : {"a", "b"}) {
    for (int i = 0; i < 4; ++i) folder_.put("train/" + name + "/" + std::to_string(i) + ".png", "no picture");
  }
  testing::internal::CaptureStderr();
  const auto train = loader(4, /*skip=*/true);
  EXPECT_THAT([&] { train->next(); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("not one of its pictures")));
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace nudge::data
