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
#include "nudge/base/log.h"
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

template <typename From, typename To>
void copy_values(const Array& values, To* to) {
  for (const From value : values.span<From>()) *to++ = static_cast<To>(value);
}

// From any of the types that a source stores.
template <typename To>
void copy_item(const Array& item, To* to) {
  if (item.type() == DataType::kFloat32) return copy_values<float>(item, to);
  if (item.type() == DataType::kInt32) return copy_values<int32_t>(item, to);
  copy_values<uint8_t>(item, to);
}

bool is_picture(const StoredArray& array) {
  return array.type == DataType::kUInt8 && array.shape.size() == 3;
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
        channels_(options_.channels > 0 || !options_.inputs.empty() ? options_.channels
                                                                    : source_->channels()),
        items_(spread(source_->items(options_.split), options_.count)),
        cache_(size(), options_.cache_bytes) {
    if (!options_.skip_damaged && !source_->damaged().empty()) throw InputError(source_->damaged().front());
    if (steps_per_epoch() == 0) {
      throw InputError(fmt::format("{}: {} items in the {} split, too few for a batch of {}", source_->spec(),
                                   size(), to_string(options_.split), options_.batch));
    }
    if (options_.inputs.empty()) {
      check_channels(source_->channels(), channels_, "the images of " + source_->spec());
      options_.preprocess.apply({}, channels_);  // throws now rather than in a worker
    } else {
      find_inputs();
    }
    for (const std::string& name : options_.targets) targets_.push_back(find(name));
    for (const std::string& name : options_.weights) {
      weights_.push_back(find(name));
      if (!name.empty() && element_count(weights_.back().shape) != 1) {
        throw InputError(fmt::format("{}: array {} weighs items, so it is one number each, not {}",
                                     source_->spec(), name, to_string(weights_.back().shape)));
      }
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

  std::vector<std::string> damaged() const {
    const std::lock_guard lock(damage_);
    std::vector<std::string> lines;
    for (const auto& [item, line] : damaged_) lines.push_back(line);
    return lines;
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
    const int64_t end = std::min(begin + options_.batch, size());
    const std::vector<Row> rows = readable_rows(positions, begin, end, stop);
    for (const Row& row : rows) batch.items.push_back(row.item);
    size_t at = 0;
    if (inputs_.empty()) {
      batch.inputs.push_back(pictures(rows, batch.epoch));
      ++at;
    }
    for (size_t i = 0; i < inputs_.size(); ++i) batch.inputs.push_back(input(rows, at++, i));
    if (targets_.empty()) batch.targets.push_back(labels(batch));
    for (const StoredArray& target : targets_) batch.targets.push_back(gathered(rows, at++, target));
    for (const StoredArray& weight : weights_) {
      Array& weights = batch.weights.emplace_back();
      if (!weight.name.empty()) weights = stacked<float>(rows, at, {});
      ++at;
    }
    return batch;
  }

  // An item with its picture, or inputs, then targets and weights, as the source stores them.
  struct Row {
    int64_t item;
    std::vector<Array> values;
  };

  int64_t item_at(const std::vector<int64_t>& positions, int64_t place) const {
    return items_[static_cast<size_t>(positions[static_cast<size_t>(place)])];
  }

  // Those of the places [begin, end) that can be read; where none can, the next one that can, so that no
  // batch is empty.
  std::vector<Row> readable_rows(const std::vector<int64_t>& positions, int64_t begin, int64_t end,
                                 const std::stop_token& stop) {
    std::vector<Row> rows;
    const auto add = [&](int64_t place) {
      const int64_t item = item_at(positions, place);
      if (stop.stop_requested() || is_damaged(item)) return;
      try {
        rows.push_back(read(positions[static_cast<size_t>(place)], item));
      } catch (const InputError& error) {
        if (!options_.skip_damaged) throw;
        leave_out(item, error.what());
      }
    };
    for (int64_t place = begin; place < end; ++place) add(place);
    for (int64_t more = 0; rows.empty() && more < size(); ++more) add((end + more) % size());
    if (rows.empty())
      throw InputError(fmt::format("{}: not one of its {} can be read", source_->spec(),
                                   inputs_.empty() ? "pictures" : "items"));
    return rows;
  }

  Row read(int64_t position, int64_t item) {
    Row row{item, {}};
    if (inputs_.empty()) row.values.push_back(picture(position, item));
    for (const auto* arrays : {&inputs_, &targets_, &weights_}) {
      for (const StoredArray& array : *arrays) {
        row.values.push_back(array.name.empty() ? Array() : source_->load_array(item, array.name));
      }
    }
    return row;
  }

  bool is_damaged(int64_t item) const {
    const std::lock_guard lock(damage_);
    return damaged_.contains(item);
  }

  void leave_out(int64_t item, const std::string& why) {
    const std::string name = source_->item_name(item);
    const std::string line = why.find(name) == std::string::npos ? name + ": " + why : why;
    {
      const std::lock_guard lock(damage_);
      if (!damaged_.emplace(item, line).second) return;
    }
    log_warning(line + "; it is left out");
  }

  Array pictures(const std::vector<Row>& rows, int64_t epoch) {
    Array x({std::ssize(rows), options_.size.height, options_.size.width, channels_});
    float* to = x.data<float>();
    const int64_t values = x.size() / std::ssize(rows);
    for (const Row& row : rows) {
      copy_item(row.values.front(), to);
      if (!augmentation_.empty()) {
        Random random = Random(options_.augment_seed.value_or(options_.seed))
                            .fork(static_cast<uint64_t>(epoch))
                            .fork(static_cast<uint64_t>(row.item));
        augmentation_.apply({to, options_.size.height, options_.size.width, channels_}, random);
      }
      to += values;
    }
    options_.preprocess.apply(x.span<float>(), channels_);
    return x;
  }

  Array labels(const Batch& batch) const {
    if (source_->class_names().empty()) return {};
    Array y({static_cast<int64_t>(batch.items.size())}, DataType::kInt32);
    int32_t* to = y.data<int32_t>();
    for (const int64_t item : batch.items) *to++ = source_->label(item);
    return y;
  }

  Array input(const std::vector<Row>& rows, size_t value, size_t index) const {
    const StoredArray& stored = inputs_[index];
    Array x = stacked<float>(rows, value, options_.inputs[index].shape);
    if (is_picture(stored)) options_.preprocess.apply(x.span<float>(), stored.shape.back());
    return x;
  }

  // Class numbers stay integers.
  Array gathered(const std::vector<Row>& rows, size_t value, const StoredArray& stored) const {
    if (stored.name.empty()) return {};
    const Shape shape = stored.shape == Shape{1} ? Shape{} : stored.shape;
    if (stored.type == DataType::kFloat32) return stacked<float>(rows, value, shape);
    return stacked<int32_t>(rows, value, shape);
  }

  template <typename T>
  static Array stacked(const std::vector<Row>& rows, size_t value, Shape shape) {
    const int64_t values = element_count(shape);
    shape.insert(shape.begin(), std::ssize(rows));
    Array array(shape, DataTypeOf<T>::value);
    T* to = array.template data<T>();
    for (const Row& row : rows) {
      copy_item(row.values[value], to);
      to += values;
    }
    return array;
  }

  StoredArray find(const std::string& name) const {
    if (name.empty()) return {};
    const std::vector<StoredArray> stored = source_->arrays();
    const auto found =
        std::find_if(stored.begin(), stored.end(), [&](const auto& array) { return array.name == name; });
    if (found == stored.end()) throw InputError(source_->spec() + ": no array " + name);
    return *found;
  }

  void find_inputs() {
    for (const ArrayPort& port : options_.inputs) {
      if (source_->arrays().empty()) {
        throw InputError(source_->spec() + ": holds pictures, the model takes " + to_string(port.shape));
      }
      const StoredArray& stored = inputs_.emplace_back(find(port.array));
      if (stored.shape != port.shape && !(stored.shape.empty() && element_count(port.shape) == 1)) {
        throw InputError(fmt::format("{}: its samples {} have the shape {}, the model takes {}",
                                     source_->spec(), port.array, to_string(stored.shape),
                                     to_string(port.shape)));
      }
      if (is_picture(stored)) options_.preprocess.apply({}, stored.shape.back());
      if (!augmentation_.empty()) {
        throw ValueError("only pictures are augmented; the model takes " + to_string(port.shape));
      }
    }
  }

  Array picture(int64_t position, int64_t item) {
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
  std::vector<StoredArray> inputs_, targets_, weights_;  // of the options, as the source stores them
  PictureCache cache_;
  mutable std::mutex damage_;               // guards damaged_
  std::map<int64_t, std::string> damaged_;  // what cannot be read, by item

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

const std::string& Loader::spec() const { return state_->source().spec(); }
const Source& Loader::source() const { return state_->source(); }
const LoaderOptions& Loader::options() const { return state_->options(); }
int64_t Loader::size() const { return state_->size(); }
int64_t Loader::steps_per_epoch() const { return state_->steps_per_epoch(); }
std::optional<Preprocess> Loader::pixels() const {
  if (source().pixel_type() != DataType::kUInt8) return std::nullopt;
  return options().preprocess;
}
std::vector<std::string> Loader::damaged() const { return state_->damaged(); }
Batch Loader::next() { return state_->next(); }
void Loader::seek(int64_t epoch, int64_t step) { state_->seek(epoch, step); }

}  // namespace nudge::data
