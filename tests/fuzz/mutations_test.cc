// Every reader is given damaged files: each is read, or refused by a typed error in words for people.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
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
