#include "nudge/data/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <stop_token>
#include <thread>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/base/threads.h"
#include "nudge/data/augment.h"
#include "nudge/data/channels.h"

namespace nudge::data {
namespace {

// Pictures already decoded to the target size, as the source gave them.
class PictureCache {
 public:
  PictureCache(int64_t items, size_t budget) : pictures_(static_cast<size_t>(items)), left_(budget) {}

  Array find(int64_t position) const {
    const std::lock_guard lock(mutex_);
    return pictures_[static_cast<size_t>(position)];
  }

  void keep(int64_t position, const Array& picture) {
    const std::lock_guard lock(mutex_);
    Array& slot = pictures_[static_cast<size_t>(position)];
    if (!slot.empty() || picture.byte_size() > left_) return;
    left_ -= picture.byte_size();
    slot = picture;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Array> pictures_;
  size_t left_;
};

void widen(const Array& picture, float* to) {
  if (picture.type() == DataType::kFloat32) {
    std::copy_n(picture.data<float>(), picture.size(), to);
    return;
  }
  const uint8_t* from = picture.data<uint8_t>();
  for (int64_t i = 0; i < picture.size(); ++i) to[i] = static_cast<float>(from[i]);
}

// `count` of the items, evenly spread; all of them where it is 0.
std::vector<int64_t> spread(const std::vector<int64_t>& items, int64_t count) {
  const auto all = static_cast<int64_t>(items.size());
  if (count == 0 || count >= all) return items;
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < count; ++i) chosen.push_back(items[static_cast<size_t>(i * all / count)]);
  return chosen;
}

LoaderOptions checked(LoaderOptions options) {
  check_image_size(options.size);
  const auto at_least = [](const char* what, int64_t value, int64_t least) {
    if (value < least) throw ValueError(fmt::format("{} must be at least {}, given {}", what, least, value));
  };
  at_least("the batch size", options.batch, 1);
  at_least("the number of channels", options.channels, 0);
  at_least("the number of items", options.count, 0);
  at_least("the number of batches prepared ahead", options.prefetch, 1);
  at_least("the number of loader threads", options.threads, 0);
  at_least("the first epoch", options.first_epoch, 0);
  at_least("the first step", options.first_step, 0);
  return options;
}

}  // namespace

class Loader::State {
 public:
  State(std::shared_ptr<const Source> source, LoaderOptions options)
      : source_(std::move(source)),
        options_(checked(std::move(options))),
        augmentation_(options_.augment),
        channels_(options_.channels > 0 || !options_.sample.empty() ? options_.channels
                                                                    : source_->channels()),
        items_(spread(source_->items(options_.split), options_.count)),
        cache_(size(), options_.cache_bytes) {
    if (steps_per_epoch() == 0) {
      throw InputError(fmt::format("{}: {} items in the {} split, too few for a batch of {}", source_->spec(),
                                   size(), to_string(options_.split), options_.batch));
    }
    if (options_.sample.empty()) {
      check_channels(source_->channels(), channels_, "the images of " + source_->spec());
      options_.preprocess.apply({}, channels_);  // throws now rather than in a worker
    } else {
      check_sample();
    }
    given_ = taken_ = ticket(options_.first_epoch, options_.first_step);
    const int threads = options_.threads > 0 ? options_.threads : thread_count();
    for (int i = 0; i < threads; ++i) {
      workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
  }

  const Source& source() const { return *source_; }
  const LoaderOptions& options() const { return options_; }
  int64_t size() const { return static_cast<int64_t>(items_.size()); }
  int64_t steps_per_epoch() const {
    const int64_t rounding = options_.drop_remainder ? 0 : options_.batch - 1;
    return (size() + rounding) / options_.batch;
  }

  Batch next() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return results_.contains(given_); });
    Result& result = results_.at(given_);
    if (result.failure) std::rethrow_exception(result.failure);
    Batch batch = std::move(result.batch);
    results_.erase(given_++);
    lock.unlock();
    room_.notify_one();
    return batch;
  }

  void seek(int64_t epoch, int64_t step) {
    const std::lock_guard lock(mutex_);
    given_ = taken_ = ticket(epoch, step);
    results_.clear();
    ++generation_;
    room_.notify_all();
  }

 private:
  struct Result {
    Batch batch;
    std::exception_ptr failure;
  };
  using Order = std::shared_ptr<const std::vector<int64_t>>;

  // Batches are numbered through all epochs.
  int64_t ticket(int64_t epoch, int64_t step) const { return epoch * steps_per_epoch() + step; }

  // Positions in items_, in the order of the epoch.  Called under the lock.
  Order order(int64_t epoch) {
    if (order_ != nullptr && order_epoch_ == epoch) return order_;
    auto positions = std::make_shared<std::vector<int64_t>>(items_.size());
    std::iota(positions->begin(), positions->end(), 0);
    if (options_.shuffle) Random(options_.seed).fork(static_cast<uint64_t>(epoch)).shuffle(*positions);
    order_epoch_ = epoch;
    return order_ = std::move(positions);
  }

  void work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (room_.wait(lock, stop, [&] { return taken_ < given_ + options_.prefetch; })) {
      const int64_t mine = taken_++;
      const int64_t generation = generation_;
      const Order positions = order(mine / steps_per_epoch());
      lock.unlock();
      Result result;
      try {
        result.batch = make_batch(mine, *positions, stop);
      } catch (...) {
        result.failure = std::current_exception();
      }
      lock.lock();
      if (generation == generation_) results_.emplace(mine, std::move(result));
      ready_.notify_one();
    }
  }

  Batch make_batch(int64_t ticket, const std::vector<int64_t>& positions, const std::stop_token& stop) {
    Batch batch;
    batch.epoch = ticket / steps_per_epoch();
    batch.step = ticket % steps_per_epoch();
    const int64_t begin = batch.step * options_.batch;
    const int64_t count = std::min(options_.batch, size() - begin);
    Shape shape = options_.sample;
    if (shape.empty()) shape = {options_.size.height, options_.size.width, channels_};
    const int64_t values = element_count(shape);
    shape.insert(shape.begin(), count);
    batch.x = Array(shape);
    batch.y = Array({count}, DataType::kInt32);
    for (int64_t i = 0; i < count && !stop.stop_requested(); ++i) {
      const int64_t position = positions[static_cast<size_t>(begin + i)];
      const int64_t item = items_[static_cast<size_t>(position)];
      float* to = batch.x.data<float>() + i * values;
      widen(picture(position, item), to);
      if (!augmentation_.empty()) {
        Random random =
            Random(options_.seed).fork(static_cast<uint64_t>(batch.epoch)).fork(static_cast<uint64_t>(item));
        augmentation_.apply({to, options_.size.height, options_.size.width, channels_}, random);
      }
      batch.y.data<int32_t>()[i] = source_->label(item);
      batch.items.push_back(item);
    }
    if (options_.sample.empty()) options_.preprocess.apply(batch.x.span<float>(), channels_);
    return batch;
  }

  void check_sample() const {
    const Shape stored = source_->sample_shape();
    if (stored.empty())
      throw InputError(source_->spec() + ": holds pictures, the model takes " + to_string(options_.sample));
    if (stored != options_.sample) {
      throw InputError(fmt::format("{}: its samples have the shape {}, the model takes {}", source_->spec(),
                                   to_string(stored), to_string(options_.sample)));
    }
    if (!augmentation_.empty())
      throw ValueError("only pictures are augmented; the model takes " + to_string(options_.sample));
  }

  Array picture(int64_t position, int64_t item) {
    if (!options_.sample.empty()) return source_->load_sample(item);
    Array found = cache_.find(position);
    if (!found.empty()) return found;
    found = with_channels(source_->load(item, options_.size), channels_);
    cache_.keep(position, found);
    return found;
  }

  const std::shared_ptr<const Source> source_;
  const LoaderOptions options_;
  const Augmentation augmentation_;
  const int64_t channels_;
  const std::vector<int64_t> items_;
  PictureCache cache_;

  std::mutex mutex_;                   // guards all below but the threads
  std::condition_variable_any room_;   // for workers: a batch may be started
  std::condition_variable_any ready_;  // for next(): a batch was finished
  std::map<int64_t, Result> results_;
  int64_t given_ = 0;       // the ticket that next() gives
  int64_t taken_ = 0;       // the ticket that the next idle worker takes
  int64_t generation_ = 0;  // tells batches begun before a seek()
  int64_t order_epoch_ = -1;
  Order order_;

  std::vector<std::jthread> workers_;  // last: joined before the rest goes
};

Loader::Loader(std::shared_ptr<const Source> source, LoaderOptions options)
    : state_(std::make_unique<State>(std::move(source), std::move(options))) {}

Loader::~Loader() = default;

const Source& Loader::source() const { return state_->source(); }
const LoaderOptions& Loader::options() const { return state_->options(); }
int64_t Loader::size() const { return state_->size(); }
int64_t Loader::steps_per_epoch() const { return state_->steps_per_epoch(); }
Batch Loader::next() { return state_->next(); }
void Loader::seek(int64_t epoch, int64_t step) { state_->seek(epoch, step); }

}  // namespace nudge::data
