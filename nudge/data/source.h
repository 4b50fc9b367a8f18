// A data set: items with a name, a class and a picture, split into train, validation and test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/data/image_size.h"
#include "nudge/data/split.h"
#include "nudge/download/download.h"

namespace nudge::data {

// An array that a source stores, as an item of it is: uint8, int32 or float32.
struct StoredArray {
  std::string name;
  Shape shape;
  DataType type;
};

// Items are numbered from 0.  A source does not change once opened, and several threads may use it at once.
class Source {
 public:
  virtual ~Source() = default;

  // What was opened, for messages.
  virtual const std::string& spec() const = 0;
  virtual int64_t size() const = 0;
  virtual const std::vector<std::string>& class_names() const = 0;
  // Whether load() gives pictures; all sources but some of arrays.
  virtual bool has_pictures() const { return true; }
  virtual int64_t channels() const { return 3; }
  // kUInt8 for pixels 0..255; kFloat32 for values that somebody may have scaled already.
  virtual DataType pixel_type() const { return DataType::kUInt8; }
  // What the source stores of each item where that is arrays (a .npz file); none of pictures.
  virtual std::vector<StoredArray> arrays() const { return {}; }
  // An item of the named array as it is stored.  Throws InputError where there is none.
  virtual Array load_array(int64_t item, const std::string& name) const;
  // Index into class_names(); throws InputError where there are none.
  virtual int32_t label(int64_t item) const = 0;
  // "roses/0017.jpg": unique within the source.
  virtual std::string item_name(int64_t item) const = 0;
  virtual Split split(int64_t item) const { return split_of(item_name(item)); }
  // The picture's own size, read from its header; {0, 0} where it is drawn at any size.
  virtual ImageSize stored_size(int64_t item) const = 0;
  // The picture at the given size, (height, width, channels): uint8 0..255 rounded to nearest, or float32
  // where the source holds floats.  Throws InputError naming the item, ValueError on an impossible size.
  virtual Array load(int64_t item, ImageSize size) const = 0;

  // What of it was found damaged when it was opened, and is no item: a line each, with its place.
  virtual std::vector<std::string> damaged() const { return {}; }

  int64_t class_count() const { return static_cast<int64_t>(class_names().size()); }
  // The items of a split in ascending order.
  std::vector<int64_t> items(Split split) const;
};

// Warns of source.damaged(), of many in one line.
void warn_of_damaged(const Source& source);

// Opens
//   a folder with a sub-folder a class, or with train/ validation/ test/ each holding those;
//   or of .npy arrays in place of pictures (npy_files.h);
//   TFRecord files of tf.Example, one, a pattern or a folder of them (tf_records.h); .tar files of WebDataset
//   likewise (web_dataset.h); a .csv that lists pictures (csv_source.h); IDX files (idx_source.h); a folder
//   of x.npy and y.npy, or other arrays by their names; a .npz file of arrays (array_source.h): x (N, H, W[,
//   C]) and y (N), integers from 0, or named as a model's inputs and outputs are; builtin:flowers, or
//   builtin:flowers?count=N&seed=S; tf_flowers: TensorFlow's photos of flowers, from Keras's cache or
//   downloaded to it (tf_flowers.h).
// Some take options: source_spec.h.  Warns of classes without validation or test items.
// Throws InputError: nothing there, fewer than two classes, an empty class, an unknown kind or option.
std::shared_ptr<const Source> open_source(const std::string& spec, const download::Progress& progress = {});

}  // namespace nudge::data
