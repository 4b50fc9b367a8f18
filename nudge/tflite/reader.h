// Reads .tflite files.  They come from outside: everything is checked before it is used.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "nudge/tflite/model.h"
#include "nudge/tflite/validate.h"

namespace nudge::tflite {

// `where` names the bytes in messages.  Throws InputError when they are no .tflite file or a broken one,
// UnsupportedError for sparse tensors and quantization that is neither per tensor nor per channel.
// Constants are copied, so `bytes` may go away.
TfLiteModel parse(std::span<const std::byte> bytes, const std::string& where,
                  Scales scales = Scales::kPositive);

TfLiteModel read(const std::string& path, Scales scales = Scales::kPositive);

}  // namespace nudge::tflite
