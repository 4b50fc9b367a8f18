#include "nudge/keras/h5_file.h"

#include <hdf5.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

#include "nudge/base/child_trial.h"
#include "nudge/base/error.h"

namespace nudge::keras {
namespace {

// HDF5's global state is used by one thread at a time and without its printing to standard error, which
// is put back afterwards for others in the process who want it.
class Turn {
 public:
  Turn() : lock_(mutex()) {
    // What HDF5 mislays while failing on a damaged file, its handler at exit would print about.  Files here
    // are in memory and closed by their owners: there is nothing left for it to save.
    [[maybe_unused]] static const herr_t no_handler = H5dont_atexit();
    H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Turn() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static std::recursive_mutex& mutex() {
    static std::recursive_mutex shared;
    return shared;
  }

  std::lock_guard<std::recursive_mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
};

// Closes what the id names.
class Id {
 public:
  explicit Id(hid_t id) : id_(id) {}
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  ~Id() {
    if (id_ < 0) return;
    // H5Idec_ref closes any kind of object when it was the last reference.
    H5Idec_ref(id_);
  }
  hid_t get() const { return id_; }
  bool valid() const { return id_ >= 0; }

 private:
  hid_t id_;
};

// The innermost of HDF5's stacked messages, for the end of ours.
std::string reason() {
  std::string text;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
        auto& first = *static_cast<std::string*>(out);
        if (first.empty() && error->desc != nullptr) first = error->desc;
        return 0;
      },
      &text);
  return text.empty() ? text : " (HDF5: " + text + ")";
}

// How much larger than its file all that is read of it may be, as some of it is compressed or read again, and
// what is always allowed.
constexpr uint64_t kMaxFileExpansion = 16;
constexpr uint64_t kFileAlwaysAllowed = uint64_t{64} << 20;
constexpr hsize_t kMaxAttributeBytes = hsize_t{256} << 20;
// A list of texts may give one of them over and over.  The names of a thousand layers beside the
// configuration of those stay below this.
constexpr uint64_t kMaxVariableText = uint64_t{2} << 30;

// What a stored number becomes in memory; nothing when Array has no type for it.
struct NumberType {
  DataType type;
  hid_t native;
};

std::optional<NumberType> number_type(hid_t stored) {
  const size_t size = H5Tget_size(stored);
  const H5T_class_t kind = H5Tget_class(stored);
  if (kind == H5T_FLOAT && (size == 2 || size == 4)) return NumberType{DataType::kFloat32, H5T_NATIVE_FLOAT};
  if (kind == H5T_FLOAT && size == 8) return NumberType{DataType::kFloat64, H5T_NATIVE_DOUBLE};
  if (kind != H5T_INTEGER) return std::nullopt;
  const bool is_signed = H5Tget_sign(stored) == H5T_SGN_2;
  if (size == 1 && !is_signed) return NumberType{DataType::kUInt8, H5T_NATIVE_UINT8};
  if (size == 1) return NumberType{DataType::kInt8, H5T_NATIVE_INT8};
  if (size == 2 && is_signed) return NumberType{DataType::kInt16, H5T_NATIVE_INT16};
  if (size == 2 || (size == 4 && is_signed)) return NumberType{DataType::kInt32, H5T_NATIVE_INT32};
  if (size == 4 || (size == 8 && is_signed)) return NumberType{DataType::kInt64, H5T_NATIVE_INT64};
  return std::nullopt;
}

// From codes of two bytes each at the array's beginning to its values: bfloat16 is the upper half of a
// float32.
void widen_bfloat16(Array& array) {
  float* values = array.data<float>();
  for (int64_t i = array.size() - 1; i >= 0; --i) {
    uint16_t half = 0;
    std::memcpy(&half, array.bytes() + 2 * i, sizeof(half));
    const uint32_t whole = static_cast<uint32_t>(half) << 16;
    std::memcpy(values + i, &whole, sizeof(whole));
  }
}

hid_t stored_type(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return H5T_IEEE_F32LE;
    case DataType::kFloat64:
      return H5T_IEEE_F64LE;
    case DataType::kInt8:
      return H5T_STD_I8LE;
    case DataType::kUInt8:
      return H5T_STD_U8LE;
    case DataType::kInt16:
      return H5T_STD_I16LE;
    case DataType::kInt32:
      return H5T_STD_I32LE;
    case DataType::kInt64:
      return H5T_STD_I64LE;
    case DataType::kBool:
      break;
  }
  return H5I_INVALID_HID;
}

Id text_type() {
  Id type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

Id memory_access() {
  Id access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access.get(), size_t{1} << 20, /*backing_store=*/false);
  // What HDF5 leaves open after failing on a damaged file is closed with it.
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  return access;
}

// The size of the largest heap of texts of variable length, none of which is longer ("Level 1E" of HDF5's
// file format: "GCOL", a version, three zeros and the size).
uint64_t largest_heap(std::span<const std::byte> image) {
  constexpr std::string_view kHead{"GCOL\1\0\0\0", 8};
  const std::string_view text(reinterpret_cast<const char*>(image.data()), image.size());
  uint64_t largest = 0;
  for (size_t at = text.find(kHead); at != text.npos; at = text.find(kHead, at + 1)) {
    uint64_t size = image.size();
    if (at + 16 <= image.size()) std::memcpy(&size, image.data() + at + 8, sizeof(size));
    largest = std::max(largest, std::min<uint64_t>(size, image.size()));
  }
  return largest;
}

// HDF5 takes two open in-memory files of one name for the same file.
std::string unique_name() {
  static std::atomic<uint64_t> count{0};
  return "nudge-" + std::to_string(count++) + ".h5";
}

}  // namespace

// An open file, group or dataset, closed under the lock.
class H5Object {
 public:
  H5Object(Id id, std::string where, uint64_t file_size, uint64_t longest_text = 0)
      : id_(std::make_unique<Id>(std::move(id))),
        where_(std::move(where)),
        file_size_(file_size),
        longest_text_(longest_text) {}
  ~H5Object() {
    const Turn turn;
    id_.reset();
  }
  H5Object(const H5Object&) = delete;
  H5Object& operator=(const H5Object&) = delete;

  hid_t id() const { return id_->get(); }
  const std::string& where() const { return where_; }
  uint64_t file_size() const { return file_size_; }
  // No text of variable length in a file is longer.
  uint64_t longest_text() const { return longest_text_; }
  // Counts what is read of a file; whether that is still within what it may hold.
  bool take(uint64_t bytes) {
    const uint64_t limit = std::max(kFileAlwaysAllowed, kMaxFileExpansion * file_size_);
    if (file_size_ == 0) return true;
    if (bytes > limit - taken_) return false;
    taken_ += bytes;
    return true;
  }

 private:
  std::unique_ptr<Id> id_;
  std::string where_;
  uint64_t file_size_;  // 0 when it is being written
  uint64_t longest_text_;
  uint64_t taken_ = 0;  // of a file; under the lock
};

H5File H5File::create(const std::string& where) {
  const Turn turn;
  const Id access = memory_access();
  Id file(H5Fcreate(unique_name().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
  if (!file.valid()) throw OutputError(where + ": HDF5 data cannot be made" + reason());
  return H5File(std::make_shared<H5Object>(std::move(file), where, 0));
}

namespace {

// Everything that a file holds, as far as it can be read.
void read_all(const H5Group& group, int depth) {
  constexpr int kMaxDepth = 64;
  if (depth > kMaxDepth) return;
  for (const char* list : {"layer_names", "weight_names"}) group.texts_attribute(list);
  for (const char* text : {"name", "model_config", "training_config", "keras_version"})
    group.text_attribute(text);
  for (const std::string& name : group.names()) {
    try {
      if (group.is_group(name)) {
        read_all(group.group(name), depth + 1);
      } else {
        group.read(name);
      }
    } catch (const Error&) {
      // The rest is read all the same: it is not known what will be asked for.
    }
  }
}

}  // namespace

H5File H5File::from_image(std::span<const std::byte> image, const std::string& where) {
  if (image.empty()) throw InputError(where + ": is empty, HDF5 data is needed");
  // HDF5 crashes on some damaged files, and never ends on others.
  // A file of thousands of small arrays is read at some megabytes a second.
  const TrialLimits limits{.memory_bytes = kFileAlwaysAllowed + kMaxFileExpansion * image.size(),
                           .seconds = static_cast<unsigned>(1 + image.size() / (size_t{4} << 20))};
  if (try_in_child([&] { read_all(opened(image, where).root(), 0); }, limits) != TrialEnd::kDone) {
    throw InputError(where + ": its HDF5 data is damaged so that it cannot be read");
  }
  return opened(image, where);
}

H5File H5File::opened(std::span<const std::byte> image, const std::string& where) {
  const Turn turn;
  const Id access = memory_access();
  // HDF5 copies the image at once, and again when it opens it; it does not write to ours.
  H5Pset_file_image(access.get(), const_cast<std::byte*>(image.data()), image.size());
  Id file(H5Fopen(unique_name().c_str(), H5F_ACC_RDONLY, access.get()));
  if (!file.valid()) throw InputError(where + ": is no readable HDF5 data" + reason());
  return H5File(std::make_shared<H5Object>(std::move(file), where, image.size(), largest_heap(image)));
}

H5Group H5File::root() const {
  const Turn turn;
  Id group(H5Gopen2(file_->id(), "/", H5P_DEFAULT));
  if (!group.valid()) throw InputError(file_->where() + ": has no root group" + reason());
  return {file_, std::make_shared<H5Object>(std::move(group), file_->where(), file_->file_size()), ""};
}

std::vector<std::byte> H5File::image() const {
  const Turn turn;
  H5Fflush(file_->id(), H5F_SCOPE_LOCAL);
  const ssize_t size = H5Fget_file_image(file_->id(), nullptr, 0);
  std::vector<std::byte> bytes(size > 0 ? static_cast<size_t>(size) : 0);
  if (size <= 0 || H5Fget_file_image(file_->id(), bytes.data(), bytes.size()) != size) {
    throw OutputError(file_->where() + ": HDF5 data cannot be finished" + reason());
  }
  return bytes;
}

H5Group::H5Group(std::shared_ptr<H5Object> file, std::shared_ptr<H5Object> group, std::string path)
    : file_(std::move(file)), group_(std::move(group)), path_(std::move(path)) {}

std::string H5Group::where(const std::string& name) const {
  return file_->where() + ": " + path_ + (name.empty() && !path_.empty() ? "" : "/" + name);
}

bool H5Group::has(const std::string& name) const {
  const Turn turn;
  if (name.empty() || name == "." || name.find('/') != std::string::npos) return false;
  return H5Lexists(group_->id(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> H5Group::names() const {
  const Turn turn;
  std::vector<std::string> names;
  const herr_t status = H5Literate(
      group_->id(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
      [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
        static_cast<std::vector<std::string>*>(out)->emplace_back(name);
        return 0;
      },
      &names);
  if (status < 0) throw InputError(where() + ": cannot be listed" + reason());
  return names;
}

std::shared_ptr<H5Object> H5Group::open(const std::string& name) const {
  if (!has(name)) throw InputError(where(name) + ": is missing");
  H5L_info_t link;
  if (H5Lget_info(group_->id(), name.c_str(), &link, H5P_DEFAULT) < 0) {
    throw InputError(where(name) + ": cannot be read" + reason());
  }
  if (link.type != H5L_TYPE_HARD) {
    throw InputError(where(name) + ": is a link; only data stored in the file itself is read");
  }
  Id object(H5Oopen(group_->id(), name.c_str(), H5P_DEFAULT));
  H5O_info_t info;
  if (!object.valid() || H5Oget_info2(object.get(), &info, H5O_INFO_BASIC) < 0) {
    throw InputError(where(name) + ": cannot be read" + reason());
  }
  // A second name may stand within the first, without end.
  if (info.rc > 1) throw InputError(where(name) + ": has several names; Keras gives each object one");
  return std::make_shared<H5Object>(std::move(object), file_->where(), file_->file_size());
}

bool H5Group::is_group(const std::string& name) const {
  const Turn turn;
  return H5Iget_type(open(name)->id()) == H5I_GROUP;
}

H5Group H5Group::group(const std::string& name) const {
  const Turn turn;
  auto object = open(name);
  if (H5Iget_type(object->id()) != H5I_GROUP) throw InputError(where(name) + ": must be a group");
  return {file_, std::move(object), path_ + "/" + name};
}

std::optional<H5Group> H5Group::find_group(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  return group(name);
}

H5Group H5Group::make_group(const std::string& name) {
  const Turn turn;
  Id made(H5Gcreate2(group_->id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  if (!made.valid()) throw OutputError(where(name) + ": group cannot be made" + reason());
  return {file_, std::make_shared<H5Object>(std::move(made), file_->where(), file_->file_size()),
          path_ + "/" + name};
}

Array H5Group::read(const std::string& name) const {
  const Turn turn;
  const auto dataset = open(name);
  if (H5Iget_type(dataset->id()) != H5I_DATASET) throw InputError(where(name) + ": must be an array");
  const Id space(H5Dget_space(dataset->id()));
  const Id stored(H5Dget_type(dataset->id()));
  const Id creation(H5Dget_create_plist(dataset->id()));
  if (!space.valid() || !stored.valid() || !creation.valid()) {
    throw InputError(where(name) + ": cannot be read" + reason());
  }
  const H5D_layout_t layout = H5Pget_layout(creation.get());
  if (layout == H5D_VIRTUAL || H5Pget_external_count(creation.get()) != 0) {
    throw InputError(where(name) + ": is kept in another file; only data stored in the file itself is read");
  }
  // Keras keeps bfloat16 as two bytes of no kind.
  const bool is_bfloat16 = H5Tget_class(stored.get()) == H5T_OPAQUE && H5Tget_size(stored.get()) == 2;
  const auto number = is_bfloat16 ? NumberType{DataType::kFloat32, stored.get()} : number_type(stored.get());
  if (!number) throw InputError(where(name) + ": its element type is not a number that can be read");

  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0 || rank > H5S_MAX_RANK || H5Sget_simple_extent_type(space.get()) == H5S_NULL) {
    throw InputError(where(name) + ": has no shape");
  }
  std::vector<hsize_t> dims(static_cast<size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
  // A file being written (size 0) is our own.
  const uint64_t file_size = file_->file_size();
  const uint64_t limit =
      layout == H5D_CHUNKED ? kMaxFileExpansion * file_size + kFileAlwaysAllowed : file_size;
  uint64_t bytes = H5Tget_size(stored.get());
  Shape shape;
  for (const hsize_t dim : dims) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(dim), &bytes) || dim > INT64_MAX ||
        (file_size != 0 && bytes > limit && bytes != 0)) {
      throw InputError(where(name) + ": declares more data than the file can hold");
    }
    shape.push_back(static_cast<int64_t>(dim));
  }
  if (!file_->take(bytes))
    throw InputError(where(name) + ": holds more data, with what is before it, than such a file may");
  Array array(std::move(shape), number->type);
  if (array.size() > 0 &&
      H5Dread(dataset->id(), number->native, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes()) < 0) {
    throw InputError(where(name) + ": cannot be read" + reason());
  }
  if (is_bfloat16) widen_bfloat16(array);
  return array;
}

void H5Group::write(const std::string& name, const Array& value) {
  const Turn turn;
  const hid_t type = stored_type(value.type());
  if (type == H5I_INVALID_HID) {
    throw UnsupportedError(where(name) + ": " + to_string(value.type()) + " arrays cannot be stored in HDF5");
  }
  const std::vector<hsize_t> dims(value.shape().begin(), value.shape().end());
  const Id space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr));
  // Without the time of writing, equal models make equal files.
  const Id creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  const Id dataset(
      H5Dcreate2(group_->id(), name.c_str(), type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  // Arrays are in the machine's byte order, which stored_type() assumes to be little-endian.
  if (!dataset.valid() ||
      (value.size() > 0 && H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.bytes()) < 0)) {
    throw OutputError(where(name) + ": cannot be written" + reason());
  }
}

std::optional<std::vector<std::string>> H5Group::texts_attribute(const std::string& name) const {
  const Turn turn;
  if (H5Aexists(group_->id(), name.c_str()) <= 0) return std::nullopt;
  const std::string here = where() + ": attribute '" + name + "'";
  const Id attribute(H5Aopen(group_->id(), name.c_str(), H5P_DEFAULT));
  if (!attribute.valid()) throw InputError(here + " cannot be read" + reason());
  const Id stored(H5Aget_type(attribute.get()));
  const Id space(H5Aget_space(attribute.get()));
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  // Keras writes an empty list as numbers.
  if (H5Tget_class(stored.get()) != H5T_STRING && count == 0) return std::vector<std::string>{};
  if (H5Tget_class(stored.get()) != H5T_STRING) throw InputError(here + " must be text");
  const bool variable = H5Tis_variable_str(stored.get()) > 0;
  const hsize_t size = variable ? sizeof(char*) : H5Tget_size(stored.get());
  if (count < 0 || size == 0 || static_cast<hsize_t>(count) > kMaxAttributeBytes / size ||
      static_cast<hsize_t>(count) * size > std::max<uint64_t>(file_->file_size(), kFileAlwaysAllowed)) {
    throw InputError(here + " declares more data than the file can hold");
  }
  if (variable &&
      static_cast<hsize_t>(count) > kMaxVariableText / std::max<uint64_t>(file_->longest_text(), 1)) {
    throw InputError(here + " may stand for more text than the file can hold");
  }
  std::vector<std::string> texts;
  if (variable) {
    std::vector<char*> pointers(static_cast<size_t>(count), nullptr);
    const Id memory(H5Tcopy(stored.get()));
    if (count > 0 && H5Aread(attribute.get(), memory.get(), pointers.data()) < 0) {
      throw InputError(here + " cannot be read" + reason());
    }
    for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
    if (count > 0) H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, pointers.data());
    return texts;
  }
  std::vector<char> bytes(static_cast<size_t>(count) * size);
  if (count > 0 && H5Aread(attribute.get(), stored.get(), bytes.data()) < 0) {
    throw InputError(here + " cannot be read" + reason());
  }
  for (size_t begin = 0; begin < bytes.size(); begin += size) {
    texts.emplace_back(&bytes[begin], strnlen(&bytes[begin], size));
  }
  return texts;
}

std::optional<std::string> H5Group::text_attribute(const std::string& name) const {
  const auto texts = texts_attribute(name);
  if (!texts) return std::nullopt;
  if (texts->size() != 1) throw InputError(where() + ": attribute '" + name + "' must be one text");
  return texts->front();
}

void H5Group::put_attribute(const std::string& name, int64_t type, int64_t space, const void* data) {
  const Id attribute(H5Acreate2(group_->id(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
  if (!attribute.valid() || (data != nullptr && H5Awrite(attribute.get(), type, data) < 0)) {
    throw OutputError(where() + ": attribute '" + name + "' cannot be written" + reason());
  }
}

void H5Group::write_attribute(const std::string& name, const std::string& value) {
  const Turn turn;
  const Id space(H5Screate(H5S_SCALAR));
  const char* text = value.c_str();
  put_attribute(name, text_type().get(), space.get(), &text);
}

void H5Group::write_attribute(const std::string& name, const std::vector<std::string>& values) {
  const Turn turn;
  size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  std::string padded;
  for (const std::string& value : values) padded += value + std::string(longest - value.size(), '\0');
  const Id type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), longest);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  const hsize_t count = values.size();
  const Id space(H5Screate_simple(1, &count, nullptr));
  put_attribute(name, type.get(), space.get(), values.empty() ? nullptr : padded.data());
}

}  // namespace nudge::keras
