#include "nudge/train/callbacks/event_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

namespace nudge::train {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

constexpr size_t kBuckets = 30;

// Protobuf's wire types.
constexpr int kVarint = 0;
constexpr int kFixed64 = 1;
constexpr int kBytes = 2;

// tensorflow.DataType.
constexpr int kFloat = 1;
constexpr int kDouble = 2;

// tensorflow.DataClass.
constexpr int kScalarClass = 1;
constexpr int kTensorClass = 2;

EventMessage event_of(double seconds) { return EventMessage().real(1, seconds); }

EventMessage shape_of(const std::vector<int64_t>& sizes) {
  EventMessage shape;
  for (const int64_t size : sizes) shape.message(2, EventMessage().number(1, size));
  return shape;
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

void add_tensor(EventMessage& summary, const std::string& tag, const char* plugin, int data_class,
                const EventMessage& tensor) {
  const EventMessage metadata =
      EventMessage().message(1, EventMessage().bytes(1, plugin)).number(4, data_class);
  summary.message(1, EventMessage().bytes(1, tag).message(8, tensor).message(9, metadata));
}

// An attribute of a node: the shapes that it gives.
EventMessage shapes_attribute(const std::vector<Shape>& outputs) {
  EventMessage list;
  for (const Shape& shape : outputs) list.message(7, shape_of({shape.begin(), shape.end()}));
  return EventMessage().bytes(1, "_output_shapes").message(2, EventMessage().message(1, list));
}

}  // namespace

void EventMessage::varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7F) | 0x80);
  bytes_ += static_cast<char>(value);
}

void EventMessage::key(int field, int type) {
  varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(type));
}

EventMessage& EventMessage::number(int field, int64_t value) {
  key(field, kVarint);
  varint(static_cast<uint64_t>(value));
  return *this;
}

EventMessage& EventMessage::real(int field, double value) {
  key(field, kFixed64);
  bytes_ += raw(std::vector<double>{value});
  return *this;
}

EventMessage& EventMessage::bytes(int field, const std::string& value) {
  key(field, kBytes);
  varint(value.size());
  bytes_ += value;
  return *this;
}

EventMessage version_event(double seconds) { return event_of(seconds).bytes(3, "brain.Event:2"); }

EventMessage summary_event(double seconds, int64_t step, const EventMessage& summary) {
  return event_of(seconds).number(2, step).message(5, summary);
}

EventMessage graph_event(double seconds, const Model& model) {
  std::map<const Node*, std::string> names;
  for (const auto& node : model.nodes()) {
    const int call = model.node_index(*node);
    names[node.get()] = call == 0 ? node->layer->name() : fmt::format("{}_{}", node->layer->name(), call);
  }
  EventMessage graph;
  for (const auto& node : model.nodes()) {
    EventMessage written;
    written.bytes(1, names.at(node.get())).bytes(2, node->layer->class_name());
    for (const Tensor& input : node->inputs) {
      const auto from = names.find(input.node.get());
      if (from == names.end()) continue;
      written.bytes(3, input.index == 0 ? from->second : fmt::format("{}:{}", from->second, input.index));
    }
    graph.message(1, written.message(5, shapes_attribute(node->output_shapes)));
  }
  graph.message(4, EventMessage().number(1, 22));  // the version of the form
  return event_of(seconds).bytes(4, graph.bytes());
}

void add_scalar(EventMessage& summary, const std::string& tag, double value) {
  const std::vector<float> one{static_cast<float>(value)};
  add_tensor(summary, tag, "scalars", kScalarClass,
             EventMessage().number(1, kFloat).message(2, shape_of({})).bytes(4, raw(one)));
}

void add_histogram(EventMessage& summary, const std::string& tag, std::span<const float> values) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, double{value});
    high = std::max(high, double{value});
  }
  std::vector<double> buckets;  // left, right, count of each
  if (low <= high) {
    // All of one value: a bucket around it.
    const double left = low < high ? low : low - 0.5;
    const double width = (low < high ? high - low : 1.0) / static_cast<double>(kBuckets);
    for (size_t i = 0; i < kBuckets; ++i) {
      const auto at = static_cast<double>(i);
      const double right = i + 1 == kBuckets && low < high ? high : left + (at + 1) * width;
      buckets.insert(buckets.end(), {left + at * width, right, 0.0});
    }
    for (const float value : values) {
      if (!std::isfinite(value)) continue;
      const auto bucket = static_cast<size_t>((double{value} - left) / width);
      buckets[3 * std::min(bucket, kBuckets - 1) + 2] += 1.0;
    }
  }
  const auto count = static_cast<int64_t>(buckets.size() / 3);
  add_tensor(summary, tag, "histograms", kTensorClass,
             EventMessage().number(1, kDouble).message(2, shape_of({count, 3})).bytes(4, raw(buckets)));
}

}  // namespace nudge::train
