// Functions of 8-bit codes as tables of 256 entries: whatever is computed element by element of one tensor on
// a grid costs a look-up each, forwards and backwards.
//
// Everything runs on the pool of threads and gives the same bits at any thread count.
#pragma once

#include <array>
#include <cstdint>

#include "nudge/kernels/values/bfloat16.h"
#include "nudge/kernels/values/grid.h"

namespace nudge::kernels {

template <class T>
using CodeTable = std::array<T, 256>;

// The real value of each code.
CodeTable<float> values_of_codes(const Grid& grid);
// Which codes are among the n.
CodeTable<bool> codes_among(const uint8_t* codes, int64_t n);

void look_up(const uint8_t* codes, int64_t n, const CodeTable<uint8_t>& table, uint8_t* y);
void look_up(const uint8_t* codes, int64_t n, const CodeTable<float>& table, const Reals& y);
// dx = dy * the slope at each code; dy and dx are of one format.
void look_up_gradient(const uint8_t* codes, int64_t n, const CodeTable<float>& slopes, const ConstReals& dy,
                      const Reals& dx);

}  // namespace nudge::kernels
