// Which layer of a weight file goes with which of a model.
//
// Names are believed where every layer of the side that has fewer finds its name and its shapes on the other
// side.  Else order counts, as in Keras: where the number of layers is the same and all shapes are.  Where
// both would do and differ, names that Keras gives by itself ("conv2d_2") say nothing: models that are not
// the same have them too.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/keras/given_layers.h"
#include "nudge/keras/weight_file.h"

namespace nudge::keras {

// A layer of the model that has weights; or a nested model, whose weights a file may hold in one list.
struct WantedLayer {
  std::string name;
  bool automatic_name = false;  // given by Keras, not by somebody
  std::vector<Weight*> weights;
};

// For each wanted layer the given one, or null where it stays as it is.
struct LayerMatch {
  std::vector<const GivenLayer*> given;
  std::string error;  // why there is no match; `given` is then empty

  bool found() const { return error.empty(); }
};

// Looks at names, numbers and shapes alone, and changes nothing.
LayerMatch match_layers(const std::vector<WantedLayer>& wanted, const GivenLayers& given,
                        const LoadWeightsOptions& options);

}  // namespace nudge::keras
