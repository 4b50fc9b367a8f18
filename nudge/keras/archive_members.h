// What a `.keras` archive holds, by name.
#pragma once

namespace nudge::keras {

inline constexpr const char* kMetadata = "metadata.json";
inline constexpr const char* kConfig = "config.json";
inline constexpr const char* kWeights = "model.weights.h5";
// What nudge keeps beside the model; Keras ignores it.
inline constexpr const char* kCard = "nudge.card.json";
inline constexpr const char* kSideJson = "nudge.json";
inline constexpr const char* kSideArrays = "nudge.arrays.h5";
// A quantized model: its configuration and the variables of its quantizers; config.json is the float model's.
inline constexpr const char* kQuantizedConfig = "nudge.quantized.json";
inline constexpr const char* kQuantizers = "nudge.quantizers.h5";

}  // namespace nudge::keras
