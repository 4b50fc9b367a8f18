// The shape of a tensor: batch first, then NHWC's height, width, channels or whatever the rank needs.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

namespace nudge {

// A dimension not known until data arrives; in a model only the batch.
inline constexpr int64_t kUnknown = -1;

// Its dimensions, used as a vector is: `Shape{kUnknown, 224, 224, 3}`, `shape[1]`, `for (int64_t d : shape)`.
// No dimensions: a scalar.
class Shape {
 public:
  using value_type = int64_t;
  using size_type = size_t;
  using difference_type = std::ptrdiff_t;
  using reference = int64_t&;
  using const_reference = const int64_t&;
  using iterator = std::vector<int64_t>::iterator;
  using const_iterator = std::vector<int64_t>::const_iterator;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dimensions) : dimensions_(dimensions) {}
  template <std::input_iterator Iterator>
  Shape(Iterator first, Iterator last) : dimensions_(first, last) {}
  Shape(size_t rank, int64_t every_dimension) : dimensions_(rank, every_dimension) {}

  size_t size() const { return dimensions_.size(); }  // the rank
  bool empty() const { return dimensions_.empty(); }
  int64_t& operator[](size_t i) { return dimensions_[i]; }
  int64_t operator[](size_t i) const { return dimensions_[i]; }
  // Throws std::out_of_range.
  int64_t& at(size_t i) { return dimensions_.at(i); }
  int64_t at(size_t i) const { return dimensions_.at(i); }
  int64_t& front() { return dimensions_.front(); }
  int64_t front() const { return dimensions_.front(); }
  int64_t& back() { return dimensions_.back(); }
  int64_t back() const { return dimensions_.back(); }
  int64_t* data() { return dimensions_.data(); }
  const int64_t* data() const { return dimensions_.data(); }

  iterator begin() { return dimensions_.begin(); }
  iterator end() { return dimensions_.end(); }
  const_iterator begin() const { return dimensions_.begin(); }
  const_iterator end() const { return dimensions_.end(); }
  auto rbegin() const { return dimensions_.rbegin(); }
  auto rend() const { return dimensions_.rend(); }

  void push_back(int64_t dimension) { dimensions_.push_back(dimension); }
  void pop_back() { dimensions_.pop_back(); }
  iterator insert(const_iterator before, int64_t dimension) { return dimensions_.insert(before, dimension); }
  template <std::input_iterator Iterator>
  iterator insert(const_iterator before, Iterator first, Iterator last) {
    return dimensions_.insert(before, first, last);
  }
  iterator erase(const_iterator which) { return dimensions_.erase(which); }
  iterator erase(const_iterator first, const_iterator last) { return dimensions_.erase(first, last); }
  void resize(size_t rank, int64_t dimension = 0) { dimensions_.resize(rank, dimension); }
  void clear() { dimensions_.clear(); }

  bool operator==(const Shape&) const = default;
  auto operator<=>(const Shape&) const = default;

 private:
  std::vector<int64_t> dimensions_;
};

// "(None, 224, 224, 3)", "(None, 5)", "(5,)", "()": as Python prints a tuple.
std::string to_string(const Shape& shape);

// The product of the dimensions, 1 for a scalar.  Throws ShapeError when a dimension is unknown or
// negative, or when the product does not fit 63 bits.
int64_t element_count(const Shape& shape);

// `shape` with its first dimension replaced.
Shape with_batch(Shape shape, int64_t batch);

}  // namespace nudge
