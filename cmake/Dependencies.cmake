# Every outside library the project uses, as imported targets. All come from Debian 12 packages
# (tools/setup.sh installs them); a newer libtorch is picked up through CMAKE_PREFIX_PATH.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(hwy REQUIRED)
# Only its headers and the schema compiler are used.
find_path(NUDGE_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h REQUIRED)
add_library(nudge_flatbuffers INTERFACE)
target_include_directories(nudge_flatbuffers SYSTEM INTERFACE "${NUDGE_FLATBUFFERS_INCLUDE}")
find_program(NUDGE_FLATC flatc REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
pkg_check_modules(TURBOJPEG REQUIRED IMPORTED_TARGET libturbojpeg)
pkg_check_modules(PNG REQUIRED IMPORTED_TARGET libpng)
if(NUDGE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(NUDGE_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

# libtorch is found with its own package file, which prints much and sets global flags; only the
# libraries and the include paths are taken from it.
find_library(NUDGE_TORCH_CPU torch_cpu REQUIRED)
find_library(NUDGE_TORCH_C10 c10 REQUIRED)
find_path(NUDGE_TORCH_INCLUDE ATen/ATen.h REQUIRED)
add_library(nudge_libtorch INTERFACE)
target_include_directories(nudge_libtorch SYSTEM INTERFACE "${NUDGE_TORCH_INCLUDE}")
target_link_libraries(nudge_libtorch INTERFACE "${NUDGE_TORCH_CPU}" "${NUDGE_TORCH_C10}" OpenMP::OpenMP_CXX)

# oneDNN's package file insists on OpenCL, which nothing here uses.
find_library(NUDGE_DNNL dnnl REQUIRED)
find_path(NUDGE_DNNL_INCLUDE dnnl.hpp REQUIRED)
add_library(nudge_dnnl INTERFACE)
target_include_directories(nudge_dnnl SYSTEM INTERFACE "${NUDGE_DNNL_INCLUDE}")
target_link_libraries(nudge_dnnl INTERFACE "${NUDGE_DNNL}")
