// TensorBoard's events as bytes: the messages of event.proto and summary.proto that nudge writes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nudge/graph/model.h"

namespace nudge::train {

// One message in protobuf's wire format.
class EventMessage {
 public:
  EventMessage& number(int field, int64_t value);
  EventMessage& real(int field, double value);
  EventMessage& bytes(int field, const std::string& value);
  EventMessage& message(int field, const EventMessage& value) { return bytes(field, value.bytes_); }

  const std::string& bytes() const { return bytes_; }

 private:
  void varint(uint64_t value);
  void key(int field, int type);

  std::string bytes_;
};

// The first of a file.
EventMessage version_event(double seconds);
// The values of one moment; a Summary that holds none is none.
EventMessage summary_event(double seconds, int64_t step, const EventMessage& summary);
// The layers of a model and what flows between them, for the page of graphs.
EventMessage graph_event(double seconds, const Model& model);

// One value more of a Summary: as tf.summary.scalar and tf.summary.histogram write them.
void add_scalar(EventMessage& summary, const std::string& tag, double value);
// 30 buckets between the extremes; values that are not finite do not count.
void add_histogram(EventMessage& summary, const std::string& tag, std::span<const float> values);

}  // namespace nudge::train
