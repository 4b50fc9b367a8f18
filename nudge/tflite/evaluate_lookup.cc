// LOGISTIC and TANH: in int8 a table computed in float.
#include <cmath>

#include "nudge/tflite/elementwise.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

Kernel prepare_lookup(const Preparation& op) {
  const bool is_tanh = op.op() == BuiltinOperator::kTanh;
  const auto function = [is_tanh](float x) { return is_tanh ? std::tanh(x) : 1.0F / (1.0F + std::exp(-x)); };
  if (!op.is_int8_operator()) return mapped<float, float>(op, function);
  const TfLiteTensor& in = op.input(0);
  const TfLiteTensor& out = op.output();
  const float expected = is_tanh ? 1.0F / 128 : 1.0F / 256;
  if (op.scale(out) != expected || op.zero_point(out) != (is_tanh ? 0 : -128)) {
    op.fail(is_tanh ? "its output must have scale 1/128 and zero point 0"
                    : "its output must have scale 1/256 and zero point -128");
  }
  const float scale = op.scale(in);
  const float inverse = 1.0F / op.scale(out);
  return mapped_by_table(op, [&, zero_in = op.zero_point(in), zero_out = op.zero_point(out)](int8_t code) {
    const float value = function(scale * static_cast<float>(code - zero_in));
    return saturate_int8(static_cast<int32_t>(std::round(value * inverse)) + zero_out);
  });
}

}  // namespace nudge::tflite
