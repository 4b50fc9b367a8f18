// The entry points of libLiteRt.so that are used, with prototypes of our own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nudge::tflite {

using Handle = void*;

// The library's own structures (x86-64).
struct LiteRtLayout {
  unsigned rank : 7;
  unsigned has_strides : 1;
  int32_t dimensions[8];
  uint32_t strides[8];
};
struct LiteRtTensorType {
  int32_t element_type;
  LiteRtLayout layout;
};
struct LiteRtQuantization {  // per tensor
  float scale;
  int64_t zero_point;
};
struct LiteRtAny {
  int32_t type;
  int64_t value;
};
struct LiteRtEnvironmentOption {
  int32_t tag;
  LiteRtAny value;
};
static_assert(sizeof(LiteRtLayout) == 68 && sizeof(LiteRtTensorType) == 72 &&
              sizeof(LiteRtEnvironmentOption) == 24);

struct LiteRtLibrary {
  int (*create_environment)(int, const LiteRtEnvironmentOption*, Handle*);
  void (*destroy_environment)(Handle);
  int (*create_model)(Handle, const void*, size_t, Handle*);
  void (*destroy_model)(Handle);
  int (*create_options)(Handle*);
  int (*set_accelerators)(Handle, int);
  void (*destroy_options)(Handle);
  int (*create_opaque_options)(const char*, void*, void (*)(void*), Handle*);
  int (*add_opaque_options)(Handle, Handle);
  int (*create_compiled_model)(Handle, Handle, Handle, Handle*);
  void (*destroy_compiled_model)(Handle);
  int (*signature)(Handle, size_t, Handle*);
  int (*input_count)(Handle, size_t*);
  int (*output_count)(Handle, size_t*);
  int (*input_tensor)(Handle, size_t, Handle*);
  int (*output_tensor)(Handle, size_t, Handle*);
  int (*input_name)(Handle, size_t, const char**);
  int (*output_name)(Handle, size_t, const char**);
  int (*tensor_type)(Handle, LiteRtTensorType*);
  int (*quantization_kind)(Handle, int*);
  int (*quantization)(Handle, LiteRtQuantization*);
  int (*input_requirements)(Handle, size_t, size_t, Handle*);
  int (*output_requirements)(Handle, size_t, size_t, Handle*);
  int (*required_size)(Handle, size_t*);
  int (*create_buffer)(Handle, int, const LiteRtTensorType*, size_t, Handle*);
  void (*destroy_buffer)(Handle);
  int (*lock_buffer)(Handle, void**, int);
  int (*unlock_buffer)(Handle);
  int (*run)(Handle, size_t, size_t, Handle*, size_t, Handle*);
};

// Loaded once a process and kept.  Throws UnsupportedError when it is not there or lacks an entry point.
const LiteRtLibrary& litert();

}  // namespace nudge::tflite
