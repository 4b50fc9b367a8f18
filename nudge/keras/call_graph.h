// The calls that a functional model's configuration lists, made as soon as the tensors they need are there.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/graph/layer.h"

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

class CallGraph {
 public:
  // Given the shapes of a layer's first inputs; a nested model may need them to have any.
  using LayerMaker = std::function<LayerPtr(const std::vector<Shape>& inputs)>;

  // `calls` are Keras 3's "inbound_nodes".  Throws InputError when the name is there already,
  // UnsupportedError on a call with more than tensors and lists of tensors.
  void add(const std::string& name, LayerMaker make, const Json& calls);
  void add_input(const std::string& name, LayerPtr input);

  // Throws InputError naming a layer that can never be called.
  void make_calls();

  // Tensors at the ends of the model.
  std::vector<Tensor> ends(const std::vector<CallOutput>& outputs) const;

 private:
  struct Entry {
    LayerMaker make;
    LayerPtr layer;  // null until its first call is made
    std::vector<std::vector<CallOutput>> calls;
    size_t next = 0;  // of calls: the first not yet made
    std::vector<std::vector<Tensor>> made;
  };

  Entry& new_entry(const std::string& name);
  const Entry& entry(const std::string& name) const;
  // Nothing when the call is still to be made.
  std::optional<Tensor> find(const CallOutput& output) const;
  // Empty when one of them is still to be made.
  std::vector<Tensor> find_all(const std::vector<CallOutput>& outputs) const;

  std::vector<std::string> order_;
  std::map<std::string, Entry> entries_;
};

}  // namespace nudge::keras
