// Batches for training and evaluation: shuffled, augmented, preprocessed, prepared ahead by threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/data/batch_stream.h"
#include "nudge/data/image_size.h"
#include "nudge/data/preprocess.h"
#include "nudge/data/source.h"

namespace nudge::data {

// An array of the source and the shape that a model's input wants its items in.
struct ArrayPort {
  std::string array;
  Shape shape;
};

struct LoaderOptions {
  Split split = Split::kTrain;
  ImageSize size{224, 224};
  // Not empty: these arrays, an input each, as the source stores them, in place of pictures; neither size,
  // channels nor augmentation are theirs, and preprocessing is of those only that hold bytes (height, width,
  // channels).
  std::vector<ArrayPort> inputs = {};
  // Not empty: the arrays that are targets, one an output ("": that has none), in place of the items'
  // classes.
  std::vector<std::string> targets = {};
  // Not empty: the arrays (N) that say what each item's loss counts, one a target ("": 1).
  std::vector<std::string> weights = {};
  // Of the batches: 1 or 3, whatever the source has of these; 0 for the source's own number.
  int64_t channels = 0;
  // At most so many items, spread evenly over the split and so over its classes; 0 for all of them.
  int64_t count = 0;
  int64_t batch = 32;
  // A new order every epoch; off, items come in ascending order (for evaluation).
  bool shuffle = true;
  // A picture that cannot be read is left out of its batch and warned of, once; off, it is an error, as is
  // what the source itself found damaged.
  bool skip_damaged = false;
  // Leaves out the last, smaller batch of an epoch.
  bool drop_remainder = false;
  // The order and the augmentation follow from the seed, the epoch and the item alone; the augmentation from
  // a seed of its own where there is one.
  uint64_t seed = 0;
  std::optional<uint64_t> augment_seed = {};
  // See Augmentation: "flip,shift=0.1"; empty for none.
  std::string augment;
  Preprocess preprocess = Preprocess::kNone;
  // Worker threads; 0 for as many as compute.
  int threads = 0;
  // How many batches may be prepared ahead.
  int prefetch = 4;
  // Decoded pictures are kept, one byte a value, up to this many bytes, so that later epochs decode nothing.
  size_t cache_bytes = size_t{1} << 30;
  // Where to begin, for resumed training.
  int64_t first_epoch = 0;
  int64_t first_step = 0;
};

// Owns its threads; next() is for one thread.  Batches are the same whatever the number of threads.
class Loader : public BatchStream {
 public:
  // Throws ValueError on an option out of range or channels that the source's pictures cannot have,
  // InputError when the split holds no item or, with drop_remainder, not one whole batch, or the source not
  // an array that is asked for.
  Loader(std::shared_ptr<const Source> source, LoaderOptions options);
  ~Loader() override;
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  const std::string& spec() const override;
  const Source& source() const;
  const LoaderOptions& options() const;
  // Items of the split, and batches an epoch.
  int64_t size() const;
  int64_t steps_per_epoch() const override;

  // What was left out so far of the items, in the source's order: a line each, with the item's name.
  std::vector<std::string> damaged() const;

  // The next batch; after the last of an epoch comes the first of the next, without end.  What went wrong in
  // a worker (an unreadable picture) is thrown here when its batch is due, and again by later calls until
  // seek().
  Batch next() override;

  // The next batch will be this one.  Batches prepared ahead are thrown away, decoded pictures are kept.
  void seek(int64_t epoch, int64_t step) override;
  std::optional<Preprocess> pixels() const override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace nudge::data
