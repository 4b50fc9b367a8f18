// Random changes to training pictures that do not change their class.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nudge/base/random.h"

namespace nudge::data {

// A picture of 0..255 in memory that the caller owns, (height, width, channels).
struct ImageView {
  float* values;
  int64_t height;
  int64_t width;
  int64_t channels;
};

// A list such as "flip,shift=0.1,brightness", carried out in its order.  Each may be given an amount:
//   flip        mirrored left to right with this chance            (0.5)
//   shift       moved by up to this part of each side               (0.1)
//   zoom        magnified or shrunk by up to this part              (0.2)
//   brightness  made lighter or darker by up to this part of 255    (0.2)
//   crop        a part of at least 1 - this of each side, enlarged  (0.3)
//   rotate      turned by up to this part of a full circle          (0.05)
//   contrast    spread around its mean by a factor 1 +- this        (0.3)
//   saturation  its colours' distance from grey times 1 +- this     (0.3)
//   hue         its colours turned by up to this part of a circle   (0.05)
//   cutout      a rectangle with this part of each side made grey   (0.25)
//   randaugment two of those but flip, at random, this strong       (0.3)
// What moves in from outside repeats the edge; values are kept within 0..255.
class Augmentation {
 public:
  // Throws ValueError on an unknown name or an amount outside 0..1.
  explicit Augmentation(const std::string& list);

  bool empty() const { return changes_.empty(); }
  // Draws from `random`, the same number of times whatever the picture.
  void apply(ImageView image, Random& random) const;

 private:
  using Function = void (*)(ImageView image, double amount, Random& random);
  struct Kind {
    std::string_view name;
    double amount;
    Function function;
  };
  struct Change {
    Function function;
    double amount;
  };
  static const Kind kKinds[];

  std::vector<Change> changes_;
};

}  // namespace nudge::data
