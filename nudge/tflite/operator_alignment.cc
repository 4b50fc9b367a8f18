#include "nudge/tflite/operator_alignment.h"

#include <algorithm>
#include <cstdint>

namespace nudge::tflite {
namespace {

constexpr size_t kMostCells = size_t{16} * 1000 * 1000;

bool same_kind(const Operator& a, const Operator& b) {
  return a.op == b.op && a.custom_code == b.custom_code;
}

// length[i][j]: of the longest common sequence from a[i] and b[j] on.
class CommonLengths {
 public:
  CommonLengths(const std::vector<Operator>& a, const std::vector<Operator>& b)
      : columns_(b.size() + 1), lengths_((a.size() + 1) * columns_, 0) {
    for (size_t i = a.size(); i-- > 0;) {
      for (size_t j = b.size(); j-- > 0;) {
        lengths_[i * columns_ + j] =
            same_kind(a[i], b[j]) ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  uint32_t at(size_t i, size_t j) const { return lengths_[i * columns_ + j]; }

 private:
  size_t columns_;
  std::vector<uint32_t> lengths_;
};

// Operators up to these have nothing in common: pairs as long as both have some.
void pair_up(size_t& i, size_t end_i, size_t& j, size_t end_j, std::vector<AlignedOperators>& aligned) {
  while (i < end_i && j < end_j) aligned.push_back({i++, j++});
  while (i < end_i) aligned.push_back({i++, std::nullopt});
  while (j < end_j) aligned.push_back({std::nullopt, j++});
}

}  // namespace

std::vector<AlignedOperators> align_operators(const SubGraph& a, const SubGraph& b) {
  const size_t rows = a.operators.size(), columns = b.operators.size();
  std::vector<AlignedOperators> aligned;
  size_t i = 0, j = 0;  // done with those before
  if (rows > 0 && columns > 0 && rows <= kMostCells / columns) {
    const CommonLengths lengths(a.operators, b.operators);
    for (size_t next_i = 0, next_j = 0; next_i < rows && next_j < columns;) {
      if (same_kind(a.operators[next_i], b.operators[next_j])) {
        pair_up(i, next_i, j, next_j, aligned);
        aligned.push_back({next_i, next_j});
        i = ++next_i;
        j = ++next_j;
      } else if (lengths.at(next_i + 1, next_j) >= lengths.at(next_i, next_j + 1)) {
        ++next_i;
      } else {
        ++next_j;
      }
    }
  }
  pair_up(i, rows, j, columns, aligned);
  return aligned;
}

}  // namespace nudge::tflite
