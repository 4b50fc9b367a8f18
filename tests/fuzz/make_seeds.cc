// Writes what fuzzing starts from: make_seeds FOLDER makes FOLDER/TARGET/N.
#include <cstdio>
#include <exception>
#include <string>

#include "nudge/base/file.h"
#include "nudge/layers/register.h"
#include "nudge/quantize/register.h"
#include "tests/fuzz/seeds.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  try {
    nudge::layers::register_layers();
    nudge::quantize::register_quantize_layers();
    for (const nudge::fuzz::Target& target : nudge::fuzz::targets()) {
      const std::string folder = std::string(argv[1]) + "/" + target.name;
      nudge::make_folder(folder);
      int count = 0;
      for (const nudge::fuzz::Bytes& seed : target.seeds()) {
        nudge::write_file(folder + "/seed-" + std::to_string(count++), seed);
      }
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
