// HDF5 files held in memory: groups, arrays and text attributes.
//
// What is read is untrusted: only objects stored in the file itself, under one name each, are followed (no
// soft, external or virtual links), and sizes are checked against the file's own before memory is taken.
// Every failure is an InputError that names the file and the path within it.  HDF5 itself is not thread-safe;
// calls made here take turns.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nudge/base/array.h"

namespace nudge::keras {

class H5Object;

// A group of a file; cheap to copy, and keeps the file open.  Names are single: they hold no '/'.
class H5Group {
 public:
  // "/layers/conv2d/vars": within the file.
  const std::string& path() const { return path_; }
  // "model.keras: model.weights.h5: /layers/conv2d": how a message about something here starts.
  std::string where(const std::string& name = "") const;

  bool has(const std::string& name) const;
  std::vector<std::string> names() const;
  bool is_group(const std::string& name) const;

  H5Group group(const std::string& name) const;
  std::optional<H5Group> find_group(const std::string& name) const;
  H5Group make_group(const std::string& name);

  // In the stored type; float16 and bfloat16 come as float32 and unsigned 16- or 32-bit as the next signed
  // type.
  Array read(const std::string& name) const;
  // Throws UnsupportedError for bool, which HDF5 has no type for.
  void write(const std::string& name, const Array& value);

  // Nothing when there is no such attribute.  One string, or an array of them, of fixed or variable length.
  std::optional<std::string> text_attribute(const std::string& name) const;
  std::optional<std::vector<std::string>> texts_attribute(const std::string& name) const;
  // A list is written as texts of one length, as Keras writes it.
  void write_attribute(const std::string& name, const std::string& value);
  void write_attribute(const std::string& name, const std::vector<std::string>& values);

 private:
  friend class H5File;
  H5Group(std::shared_ptr<H5Object> file, std::shared_ptr<H5Object> group, std::string path);
  std::shared_ptr<H5Object> open(const std::string& name) const;
  void put_attribute(const std::string& name, int64_t type, int64_t space, const void* data);

  std::shared_ptr<H5Object> file_;
  std::shared_ptr<H5Object> group_;
  std::string path_;
};

class H5File {
 public:
  // A new, empty file.  `where` starts every message: a file's name.
  static H5File create(const std::string& where);
  // The file whose bytes are `image`, which is copied; read through in a child process first.
  static H5File from_image(std::span<const std::byte> image, const std::string& where);

  H5Group root() const;
  // The file's bytes as they would stand on disk.
  std::vector<std::byte> image() const;

 private:
  static H5File opened(std::span<const std::byte> image, const std::string& where);
  explicit H5File(std::shared_ptr<H5Object> file) : file_(std::move(file)) {}
  std::shared_ptr<H5Object> file_;
};

}  // namespace nudge::keras
