// The calls that a functional model's configuration lists, made as soon as the tensors they need are there.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/graph/layer.h"
#include "nudge/keras/channels_last.h"
#include "nudge/keras/model_limits.h"
#include "nudge/keras/unread_layer.h"

namespace nudge::keras {

// ["conv", 0, 0]: an output of a call of a layer.
struct CallOutput {
  std::string layer;
  size_t call = 0;
  size_t output = 0;
};

// "input_layers" and "output_layers": one reference, or any structure of them, in Keras's order.  `who`
// starts every message.  Throws InputError.
std::vector<CallOutput> parse_ends(const Json& json, const std::string& who);

// A call with the number of each tensor in place of it (Layer::call_arguments()), in the order in which the
// call graph hands them over.
Json numbered_arguments(const Json& call);

class CallGraph {
 public:
  // Given the shapes of a layer's first inputs; a nested model may need them to have any.
  using LayerMaker = std::function<LayerPtr(const std::vector<Shape>& inputs)>;

  // `limits` and `layout` must outlive the graph.
  CallGraph(UnreadLayers unread, ModelLimits& limits, const ChannelsLast& layout)
      : unread_(unread), limits_(limits), tensors_(layout) {}

  // What a layer may be called with: tensors and lists of tensors, or anything (an operation of keras.ops).
  enum class Arguments { kTensors, kAny };

  // `calls` are Keras 3's "inbound_nodes".  Throws InputError when the name is there already,
  // UnsupportedError on a call with more than `takes` allows.
  void add(const std::string& name, const std::string& class_name, LayerMaker make, const Json& calls,
           Arguments takes = Arguments::kTensors);
  void add_input(const std::string& name, LayerPtr input);

  // Throws InputError naming a layer that can never be called.
  void make_calls();

  // Tensors at the ends of the model.
  std::vector<Tensor> ends(const std::vector<CallOutput>& outputs);

  // How many layers were added to those of the file.
  size_t added_layers() const { return tensors_.added(); }

 private:
  struct Entry {
    std::string name;
    std::string class_name;
    std::string not_read;  // why, where a stand-in is wanted
    LayerMaker make;
    LayerPtr layer;  // null until its first call is made
    std::vector<std::vector<CallOutput>> calls;
    size_t next = 0;  // of calls: the first not yet made
    std::vector<std::vector<Tensor>> made;
  };

  Entry& new_entry(const std::string& name, const std::string& class_name);
  std::vector<Tensor> call(Entry& entry, const std::vector<Tensor>& inputs);
  std::vector<Tensor> call_stand_in(Entry& entry, const std::vector<Tensor>& inputs);
  const Entry& entry(const std::string& name) const;
  // Nothing when the call is still to be made.
  std::optional<Tensor> find(const CallOutput& output) const;
  // Makes what calls it can; what its next call still waits for.
  std::optional<CallOutput> make_calls(Entry& entry);

  UnreadLayers unread_;
  ModelLimits& limits_;
  TransposedTensors tensors_;
  // The shapes that calls say they are given, by layer and call.
  std::map<std::pair<std::string, size_t>, std::vector<Shape>> stated_;
  std::vector<std::string> order_;
  std::map<std::string, Entry> entries_;
};

}  // namespace nudge::keras
