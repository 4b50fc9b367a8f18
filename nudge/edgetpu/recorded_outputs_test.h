// What versions of edgetpu_compiler printed, as users have reported it (google-coral/edgetpu issues 340, 211,
// 168, 433, 358, 147; TensorFlow Lite's own reports).
#pragma once

namespace nudge::edgetpu {

// 16.0, where something stayed on the CPU.
inline constexpr const char* kPartlyMapped16 = R"(Edge TPU Compiler version 16.0.384591198
Started a compilation timeout timer of 180 seconds.

Model compiled successfully in 96 ms.

Input model: inference_proxy_mobilenet_quantized_v2.tflite
Input size: 7.02MiB
Output model: inference_proxy_mobilenet_quantized_v2_edgetpu.tflite
Output size: 7.14MiB
On-chip memory used for caching model parameters: 80.00KiB
On-chip memory remaining for caching model parameters: 6.04MiB
Off-chip memory used for streaming uncached model parameters: 0.00B
Number of Edge TPU subgraphs: 1
Total number of operations: 191
Operation log: inference_proxy_mobilenet_quantized_v2_edgetpu.log

Model successfully compiled but not all operations are supported by the Edge TPU. A percentage of the model will instead run on the CPU, which is slower. If possible, consider updating your model to use only operations supported by the Edge TPU. For details, visit g.co/coral/model-reqs.
Number of operations that will run on Edge TPU: 1
Number of operations that will run on CPU: 190
See the operation log file for individual operation details.
Compilation child process completed within timeout period.
Compilation succeeded!
)";

// 15.0 with -m 11: success is claimed, and nothing is mapped.
inline constexpr const char* kNothingMapped15 = R"(Edge TPU Compiler version 15.0.340273435

Model compiled successfully in 17 ms.

Input model: internal_err.tflite
Input size: 961.05KiB
Output model: internal_err_edgetpu.tflite
Output size: 882.13KiB
On-chip memory used for caching model parameters: 0.00B
On-chip memory remaining for caching model parameters: 0.00B
Off-chip memory used for streaming uncached model parameters: 0.00B
Number of Edge TPU subgraphs: 0
Total number of operations: 69
Operation log: internal_err_edgetpu.log
)";

// 2.0, with -s.
inline constexpr const char* kShown2 = R"(Edge TPU Compiler version 2.0.267685300

Model compiled successfully in 51 ms.

Input model: blur.tflite
Input size: 3.03KiB
Output model: blur_edgetpu.tflite
Output size: 296.85KiB
On-chip memory available for caching model parameters: 1.73MiB
On-chip memory used for caching model parameters: 10.00KiB
Off-chip memory used for streaming uncached model parameters: 0.00B
Number of Edge TPU subgraphs: 1
Total number of operations: 3
Operation log: blur_edgetpu.log

Operator                       Count      Status

DEPTHWISE_CONV_2D              1          Mapped to Edge TPU
DEQUANTIZE                     1          Operation is working on an unsupported data type
QUANTIZE                       1          Operation is otherwise supported, but not mapped due to some unspecified limitation
)";

inline constexpr const char* kInternalError14 = R"(Edge TPU Compiler version 14.1.317412892

Internal compiler error. Aborting! 
)";

inline constexpr const char* kNotParsed16 = R"(Edge TPU Compiler version 16.0.384591198
ERROR: Didn't find op for builtin opcode 'QUANTIZE' version '3'. An older version of this builtin might be supported. Are you using an old TFLite binary with a newer model?

ERROR: Registration failed.

Invalid model: /mnt/e/models/quantized_model.tflite
Model could not be parsed
)";

inline constexpr const char* kNotQuantized14 = R"(Edge TPU Compiler version 14.1.317412892
Invalid model: my_mnist_quant.tflite
Model not quantized
)";

inline constexpr const char* kTooLarge16 = R"(Edge TPU Compiler version 16.0.384591198
Started a compilation timeout timer of 180 seconds.
Compilation failed: Compilation failed due to large activation tensors in model.
Compilation child process completed within timeout period.
Compilation failed! 
)";

inline constexpr const char* kNoReason16 = R"(Edge TPU Compiler version 16.0.384591198
Started a compilation timeout timer of 180 seconds.
Compilation child process completed within timeout period.
Compilation failed! 
)";

inline constexpr const char* kLog16 = R"(Edge TPU Compiler version 16.0.384591198
Input: quantized_model.tflite
Output: quantized_model_edgetpu.tflite

Operator                       Count      Status

LOGISTIC                       1          Mapped to Edge TPU
FULLY_CONNECTED                1          Mapped to Edge TPU
RESHAPE                        1          Mapped to Edge TPU
CONV_2D                        3          Mapped to Edge TPU
CONV_2D                        1          More than one subgraph is not supported
)";

}  // namespace nudge::edgetpu
