#include "nudge/ops/block.h"

#include <algorithm>

namespace nudge::ops {
namespace {

bool is_relu(const Operation& operation) {
  const auto* activate = operation.as<Activate>();
  return activate != nullptr && activate->activation.function == Function::kRelu;
}

bool quantizes_activation(const Operation& operation) {
  const auto* quantize = operation.as<Quantize>();
  return quantize != nullptr && !quantize->of_weight;
}

}  // namespace

int Block::last_computing() const { return std::max({head, normalize, activation}); }

int Block::last() const { return std::max(last_computing(), quantizer); }

Block Block::without_activation() const {
  Block block = *this;
  if (activation >= 0) block.activation = block.quantizer = -1;
  if (block.last() < block.reshape) block.reshape = -1;
  return block;
}

Block find_block(const Program& program, const Uses& uses, int head) {
  const auto operation = [&](int i) -> const Operation& {
    return program.operations[static_cast<size_t>(i)];
  };
  const Operation& first = operation(head);
  Block block{.head = head};
  const auto keeps_channels = [&](const Operation& reshape) {
    const Shape &from = program.value(reshape.inputs[0]).shape, &to = program.value(reshape.output).shape;
    return !to.empty() && from.back() == to.back() && from.front() == to.front();
  };
  // The next operation, when it is what the block may take.
  const auto next = [&](int i, const auto& wanted) {
    int reader = uses.only_reader(operation(i).output);
    const bool behind_product = i == head && is_product(first.primitive);
    if (reader >= 0 && behind_product && operation(reader).is<Reshape>() &&
        keeps_channels(operation(reader))) {
      const int behind = uses.only_reader(operation(reader).output);
      if (behind < 0 || !wanted(operation(behind))) return -1;
      block.reshape = reader;
      reader = behind;
    }
    return reader >= 0 && wanted(operation(reader)) ? reader : -1;
  };
  if (is_product(first.primitive)) {
    const int kernel = uses.maker(first.inputs[1]);
    if (kernel >= 0 && operation(kernel).is<Quantize>()) block.weight_quantizer = kernel;
    const int before = uses.maker(first.inputs[0]);
    const bool pads = before >= 0 && operation(before).is<Pad>() && !first.is<MatMul>();
    if (pads && uses.only_reader(operation(before).output) == head) block.pad = before;
    block.normalize = next(head, [](const Operation& o) { return o.is<Normalize>(); });
  }
  if (takes_in_relu(first.primitive)) block.activation = next(block.last_computing(), is_relu);
  block.quantizer = next(block.last_computing(), quantizes_activation);
  return block;
}

}  // namespace nudge::ops
