// What a flag's number may be.  CLI11's own checks let NaN through and print the largest double in full.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

namespace nudge::cli {

// A finite number above 0.
CLI::Validator positive_number();
// A number from `least` to `most`.
CLI::Validator number_within(double least, double most);
// A whole number from `least` to `most`: by default as many as a run may take of anything.
CLI::Validator whole_number(int64_t least, int64_t most = 1'000'000'000);
// A whole number of 64 bits without a sign.
CLI::Validator seed_number();

}  // namespace nudge::cli
