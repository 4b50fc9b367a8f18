// Models of images with the channels first, read as what they are with the channels last: transposed where
// images come in and leave, not at every layer.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/graph/layer.h"

namespace nudge::keras {

// Whether any layer of a configuration has "data_format": "channels_first".
bool has_channels_first(const Json& json);

class ChannelsLast {
 public:
  // `of_model`: axis 1 is that of the channels, also in layers that speak of an axis alone.
  explicit ChannelsLast(bool of_model = false) : of_model_(of_model) {}

  // Changes a layer's configuration to the same with the channels last; false where nothing is to change.
  bool convert(const std::string& class_name, Json& config) const;
  // Says that `layer` was made of a changed configuration.
  void add(const Layer& layer) { converted_.insert(&layer); }

  // Whether a layer is called with its tensors transposed, given which of them stand so already.
  bool takes_transposed(const Layer& layer, const std::vector<Shape>& inputs,
                        const std::vector<bool>& transposed) const;

 private:
  bool of_model_;
  std::set<const Layer*> converted_;
};

// A layer that puts the channels of a batch last, or first again.
LayerPtr transposition(size_t rank, bool to_last);
// The shape of a batch with the channels first, given that with the channels last.
Shape with_channels_first(Shape channels_last);

// Tensors of a functional model in both layouts.
class TransposedTensors {
 public:
  // `rule` must outlive this.
  explicit TransposedTensors(const ChannelsLast& rule) : rule_(rule) {}

  // Calls a layer on tensors that either the file's layers or call() made.
  std::vector<Tensor> call(Layer& layer, std::vector<Tensor> inputs);
  // The same tensor, and its shape, with the channels where the file has them.
  Tensor as_written(const Tensor& tensor);
  Shape shape_as_written(const Tensor& tensor) const;

  // How many layers were added to transpose.
  size_t added() const { return added_; }

 private:
  bool is_transposed(const Tensor& tensor) const;
  Tensor in_layout(const Tensor& tensor, bool transposed);

  // What made a tensor, and which of its results it is.
  using Place = std::pair<const Node*, int>;
  std::map<Place, Tensor> other_;  // in its other layout
  std::set<Place> transposed_;
  const ChannelsLast& rule_;
  size_t added_ = 0;
};

}  // namespace nudge::keras
