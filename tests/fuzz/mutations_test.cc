// Every reader is given damaged files: each is read, or refused by a typed error in words for people.
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/log.h"
#include "nudge/base/test_folder.h"
#include "nudge/data/loader.h"
#include "nudge/layers/register.h"
#include "nudge/quantize/register.h"
#include "tests/fuzz/expect_words.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/seeds.h"

namespace nudge::fuzz {
namespace {

Bytes mutated(const Target& target, const Bytes& seed, Random& random) {
  if (!target.is_json || random.below(8) == 0) return mutate_bytes(seed, random);
  const std::string text(reinterpret_cast<const char*>(seed.data()), seed.size());
  const std::string other = dump_json(mutate_json(parse_json(text, target.name), random));
  const auto bytes = std::as_bytes(std::span(other));
  return {bytes.begin(), bytes.end()};
}

class Mutations : public ::testing::TestWithParam<Target> {};

TEST_P(Mutations, EndInATypedError) {
  layers::register_layers();
  quantize::register_quantize_layers();
  set_log_level(LogLevel::kOff);
  const Target& target = GetParam();
  // HDF5 is tried in a process of its own each time.
  const bool slow = target.name == "hdf5" || target.name == "keras_file";
  const int count = slow ? 40 : 400;
  const std::vector<Bytes> seeds = target.seeds();
  ASSERT_FALSE(seeds.empty());
  for (const Bytes& seed : seeds) ASSERT_NO_THROW(target.read(seed));
  for (int i = 0; i < count; ++i) {
    SCOPED_TRACE(target.name + ", random seed " + std::to_string(i));
    Random random(static_cast<uint64_t>(i));
    const Bytes bytes = mutated(target, seeds[static_cast<size_t>(i) % seeds.size()], random);
    ASSERT_NO_THROW(target.read(bytes));
  }
}

INSTANTIATE_TEST_SUITE_P(Readers, Mutations, ::testing::ValuesIn(targets()),
                         [](const auto& test) { return test.param.name; });

// As training reads them: what cannot be read is left out, and the epoch goes on.
TEST(MutatedPictures, EndNoEpoch) {
  set_log_level(LogLevel::kOff);
  constexpr int64_t kSound = 20, kMutated = 400;
  const auto pictures = std::ranges::find(targets(), "image", &Target::name)->seeds();
  const TestFolder folder;
  for (const char* name : {"a", "b"}) make_folder(folder.path(name));
  for (int64_t i = 0; i < kSound + kMutated; ++i) {
    const Bytes& picture = pictures[static_cast<size_t>(i) % pictures.size()];
    Random random(static_cast<uint64_t>(i));
    const std::string path = folder.path((i % 2 == 0 ? "a/" : "b/") + std::to_string(i) + ".png");
    write_file(path, i < kSound ? picture : mutate_bytes(picture, random));
  }
  data::Loader loader(
      data::open_source(folder.path()),
      {.split = data::Split::kAll, .size = {16, 16}, .batch = 8, .shuffle = false, .skip_damaged = true});
  std::set<int64_t> read;
  for (int64_t step = 0; step < loader.steps_per_epoch(); ++step) {
    const data::Batch batch = loader.next();
    read.insert(batch.items.begin(), batch.items.end());
  }
  EXPECT_EQ(std::ssize(read) + std::ssize(loader.damaged()), kSound + kMutated);
  EXPECT_GE(std::ssize(read), kSound);
  EXPECT_GE(std::ssize(loader.damaged()), kMutated / 10);
}

TEST(ExpectWords, FindsWhatIsNotForPeople) {
  const auto throwing = [](const std::string& message) {
    return [message] { expect_words([&] { throw InputError(message); }); };
  };
  EXPECT_NO_THROW(throwing("a.keras: layer 'conv' (Conv2D): the configuration lacks 'filters'")());
  EXPECT_NO_THROW(throwing("a.npy: arrays of type 'std::' are not read")());
  EXPECT_THROW(throwing("")(), BadWords);
  EXPECT_THROW(throwing("a.keras: [json.exception.type_error.302] type must be string")(), BadWords);
  EXPECT_THROW(throwing("vector::_M_range_check: __n (which is 3) >= this->size() (which is 3)")(), BadWords);
  std::string endless;
  for (int i = 0; i < 1000; ++i) endless += "word ";
  EXPECT_THROW(throwing(endless)(), BadWords);
  EXPECT_THROW(expect_words([] { std::vector<int>().at(1); }), std::out_of_range);
}

}  // namespace
}  // namespace nudge::fuzz
