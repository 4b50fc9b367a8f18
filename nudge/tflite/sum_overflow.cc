#include "nudge/tflite/sum_overflow.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/tflite/product_sums.h"

namespace nudge::tflite {

std::vector<std::string> overflowing_sums(const TfLiteModel& model) {
  std::vector<std::string> lines;
  const SubGraph& graph = model.main();
  for (const ProductSums& product : product_sums(graph)) {
    const auto worst = std::ranges::find_if(product.channels,
                                            [](const ChannelSums& channel) { return !channel.fit_int32(); });
    if (worst == product.channels.end()) continue;
    lines.push_back(fmt::format(
        "{}: the sums of channel {} over {} terms may leave 32 bits, where every runtime wraps them",
        graph.tensors.at(static_cast<size_t>(product.output)).name, worst - product.channels.begin(),
        product.terms));
  }
  return lines;
}

}  // namespace nudge::tflite
