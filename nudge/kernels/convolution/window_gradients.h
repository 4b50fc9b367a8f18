// The gradient of a convolution's input from that of its output, in tiles: each tap's product is added where
// its windows lie, so that no patches are ever written.  For processors with AMX.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/convolution/geometry.h"
#include "nudge/kernels/matmul/matmul_bf16.h"

namespace nudge::kernels {

class WindowGradients {
 public:
  // For chunks of at most so many output rows: a part of an image, or whole ones.
  WindowGradients(const Geometry& geometry, int64_t chunk_rows);

  // The kernel as the product takes it: a group of columns for each tap.
  int64_t transposed_words() const;
  void pack_transposed(const float* kernel, uint32_t* words) const;

  // Output rows [begin, end) of the batch, of one image or of whole images, one chunk after the other in one
  // thread: dx of an image is written, or added to, when its last row is there.
  void add(const Bf16Matmul& product, int64_t begin, int64_t end, const Reals& dx, bool accumulate) const;

  int64_t columns() const { return static_cast<int64_t>(panels_.size()) * kPanelColumns; }

 private:
  void take(const float* padded, const Reals& image_dx, bool accumulate) const;

  const Geometry& geometry_;
  int64_t padded_rows_, padded_pitch_;
  std::vector<Bf16Scatter::Panel> panels_;
  std::vector<int64_t> row_at_;  // of a chunk's images, each with zeros around it
};

}  // namespace nudge::kernels
