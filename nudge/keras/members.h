// The members of a `.keras` model: config.json, model.weights.h5 and what rides along, wherever they lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nudge::keras {

class Members {
 public:
  virtual ~Members() = default;
  virtual bool has(const std::string& name) const = 0;
  // Throws InputError when the member is missing, damaged or of more than `limit` bytes; 0: what is sensible
  // where it lies.
  virtual std::vector<std::byte> read(const std::string& name, uint64_t limit = 0) const = 0;

  std::string read_text(const std::string& name) const {
    const auto bytes = read(name);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

}  // namespace nudge::keras
