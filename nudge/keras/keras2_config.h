// Configurations as Keras 2 wrote them, turned into the form of Keras 3, so that everything behind reads one
// form only.
#pragma once

#include "nudge/base/json.h"

namespace nudge::keras {

// `json` is a serialized model.  What is in Keras 3's form already, or in no form that is known, stays as it
// is; what reads it afterwards says what is wrong.  Differences that are met:
//   calls as [["conv", 0, 0, {}], ...]; nested models whose first call is number 1;
//   "batch_input_shape" of an InputLayer, or of the first layer of a Sequential that has none;
//   the class "Model"; a Sequential whose "config" is its list of layers.
Json to_keras3_form(Json json);

}  // namespace nudge::keras
