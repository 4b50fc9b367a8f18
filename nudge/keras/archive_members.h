// What a `.keras` archive holds, by name.
#pragma once

namespace nudge::keras {

inline constexpr const char* kMetadata = "metadata.json";
inline constexpr const char* kConfig = "config.json";
inline constexpr const char* kWeights = "model.weights.h5";
// What nudge keeps beside the model; Keras ignores it.
inline constexpr const char* kSideJson = "nudge.json";
inline constexpr const char* kSideArrays = "nudge.arrays.h5";

}  // namespace nudge::keras
