// What this machine can do at best, as measured: the floor that a step's time is compared with.
#pragma once

namespace nudge::kernels {

struct MachinePeaks {
  double f32_gflops = 0.0;   // a large matrix product in 32-bit floats
  double bf16_gflops = 0.0;  // the same on bfloat16 numbers, 0 where the processor has no such product
  double int8_gops = 0.0;    // the same on 8-bit integers, 0 likewise
  // The same with one operand as the sum of two bfloat16 numbers, 0 where the processor has no AMX: what a
  // quantized step in 32-bit floats takes backward.
  double two_bf16_gflops = 0.0;
  double memory_gbs = 0.0;  // read and written together, on more memory than the caches hold
};

// At the thread count and under the NUDGE_CPU in force.  Takes a fraction of a second and, for that long,
// some hundred megabytes; whatever else runs on the machine makes the peaks lower than they are.
MachinePeaks measure_machine_peaks();

}  // namespace nudge::kernels
