// Makes every layer known by its Keras class name.
#pragma once

namespace nudge::layers {

// Registers InputLayer and all of layers.h with graph/registry.h, the first time it is called.  Whoever reads
// a model file calls it first; call it before registering a class that replaces one of these.  Thread-safe.
void register_layers();

}  // namespace nudge::layers
