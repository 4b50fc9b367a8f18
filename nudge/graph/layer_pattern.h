// Layers chosen by a regular expression of their names.
#pragma once

#include <memory>
#include <string>

namespace re2 {  // NOLINT(readability-identifier-naming): RE2's
class RE2;
}

namespace nudge {

// In RE2's syntax: that of ECMAScript without look-ahead and back-references, so that any expression takes
// time and memory in proportion to the name.  Cheap to copy.
class LayerPattern {
 public:
  // Throws ValueError, which says what is wrong with the expression.
  explicit LayerPattern(const std::string& expression);

  // The whole of the name.
  bool matches(const std::string& name) const;

 private:
  std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace nudge
