// Whatever reads files and texts of others, each as a function of bytes: for fuzzing, and for the mutations
// that the ordinary tests make.
#pragma once

#include <cstddef>
#include <span>

namespace nudge::fuzz {

// Each reads, uses what it has read as a command would, and takes a typed error in words for people
// (expect_words) as an answer.  Anything else is thrown on, or crashes.
void read_tflite(std::span<const std::byte> bytes);
void read_evaluator(std::span<const std::byte> bytes);
void read_keras_config(std::span<const std::byte> bytes);
void read_keras_file(std::span<const std::byte> bytes);
void read_hdf5(std::span<const std::byte> bytes);
void read_npy(std::span<const std::byte> bytes);
void read_npz(std::span<const std::byte> bytes);
void read_image(std::span<const std::byte> bytes);
void read_tf_records(std::span<const std::byte> bytes);
void read_tf_example(std::span<const std::byte> bytes);
void read_tar(std::span<const std::byte> bytes);
void read_csv(std::span<const std::byte> bytes);
void read_idx(std::span<const std::byte> bytes);
void read_spec(std::span<const std::byte> bytes);
void read_quantize_config(std::span<const std::byte> bytes);

}  // namespace nudge::fuzz
