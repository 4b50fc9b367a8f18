// Data as C++ source, for programs on devices without files.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace nudge::deploy {

// A file's name as an identifier: "mobilenet_v2-0.35.tflite" gives "mobilenet_v2_0_35", "2.tflite" "model_2".
std::string identifier_of(const std::string& path);

// "alignas(16) const unsigned char NAME[] = {...};": the definition of an array declared elsewhere.
std::string byte_array(const std::string& name, std::span<const std::byte> bytes);

}  // namespace nudge::deploy
