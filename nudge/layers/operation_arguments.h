// What an operation of keras.ops is given: tensors, numbers and arrays, by position or by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

// Keras writes an argument into the operation's configuration or into its call; both are looked through.
class OperationArguments {
 public:
  // `where` starts the messages.  All must outlive this.
  OperationArguments(ops::Expansion& call, const Json& config, const Json& arguments, std::string where)
      : call_(call), config_(config), arguments_(arguments), where_(std::move(where)) {}

  ops::Expansion& call() const { return call_; }
  Arithmetic make() const { return Arithmetic(call_); }
  const std::string& where() const { return where_; }
  Shape shape(ops::ValueId value) const { return call_.shape(value); }

  // The argument of that position or name; null where it is absent or None.
  const Json* find(size_t position, const std::string& name) const;
  // The same of an argument that is only ever named.
  const Json* find(const std::string& name) const;

  // The first argument, which must be a tensor.
  ops::ValueId x() const { return tensor(0, "x"); }
  ops::ValueId tensor(size_t position, const std::string& name) const;
  std::vector<ops::ValueId> tensors(size_t position, const std::string& name) const;
  // Nothing where the argument is no tensor.
  std::optional<ops::ValueId> maybe_tensor(size_t position, const std::string& name) const;

  // Numbers of any nesting, as Keras serializes them.
  Array array(size_t position, const std::string& name) const;
  double number(const std::string& name, double fallback) const;
  int64_t integer(size_t position, const std::string& name, int64_t fallback) const;
  bool flag(const std::string& name, bool fallback) const;
  std::string text(const std::string& name, const std::string& fallback) const;
  std::vector<int64_t> integers(size_t position, const std::string& name) const;
  // Of the tensor's dimensions: positive, ascending.  Throws UnsupportedError where the batch is among them,
  // or all are meant.
  std::vector<int64_t> axes(size_t position, const std::string& name, ops::ValueId of) const;
  size_t axis(size_t position, const std::string& name, int64_t fallback, size_t rank) const;

  [[noreturn]] void unsupported(const std::string& what) const;

 private:
  std::optional<ops::ValueId> tensor_of(const Json& json) const;

  ops::Expansion& call_;
  const Json& config_;
  const Json& arguments_;
  std::string where_;
};

}  // namespace nudge::layers
