# nudge_folder(NAME SOURCES ... [DEPENDS ...] [PRIVATE ...] [TESTS ...] [SLOW_TESTS ...] [DATA_TESTS ...]
#              [EACH_CPU] [COLD] [APART])
#
# One folder of the library: a static library nudge_NAME from an explicit source list, and one test
# program NAME_test that ctest runs as a whole.  SLOW_TESTS go to NAME_slow_test (label slow) and
# DATA_TESTS to NAME_data_test (label data: needs the big data beside the project).  With EACH_CPU NAME_test
# also runs as on lesser processors, as NAME_test_avx2 and so on.  COLD says that the folder computes
# little itself, and needs no more optimizing than a test.  With NUDGE_UNITY sources are compiled eight at a time, in
# half the time, but for those of the library that are APART: that Highway includes anew for each instruction set.
# GCC 12 reports -Wrestrict on plain std::string insertions (its bug 105651).
# Designated initializers that leave the defaults of an options struct alone are this project's way.
set(NUDGE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-restrict
    -Wno-missing-field-initializers)
if(NUDGE_WERROR)
  list(APPEND NUDGE_WARNINGS -Werror)
endif()

# What computes little itself: optimizing it as far as the rest takes a third of the build.
set(NUDGE_COLD $<$<CONFIG:Release>:-O1>)

add_library(nudge_flags INTERFACE)
target_compile_features(nudge_flags INTERFACE cxx_std_20)
target_include_directories(nudge_flags INTERFACE "${PROJECT_SOURCE_DIR}")
if(NUDGE_SANITIZE)
  target_compile_options(nudge_flags INTERFACE -fsanitize=${NUDGE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(nudge_flags INTERFACE -fsanitize=${NUDGE_SANITIZE})
endif()

include(PrecompiledHeaders)

# Lesser processors than this machine's that tests run as: with less than AMX there is nothing between AVX-512 and
# all of it.
set(NUDGE_LESSER_CPUS avx2 avx512)
if(EXISTS /proc/cpuinfo)
  file(STRINGS /proc/cpuinfo nudge_has_amx REGEX "amx_int8" LIMIT_COUNT 1)
  if(nudge_has_amx)
    list(APPEND NUDGE_LESSER_CPUS vnni)
  endif()
endif()

function(nudge_unite target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${NUDGE_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  # A class of a source's own then counts as a header's, whose members must have names everywhere.
  if(NUDGE_UNITY)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(nudge_test name label libraries)
  add_executable(${name} ${ARGN})
  # Of precompiled headers GCC 12 reports its own std::string where a test joins a long path and a literal.
  target_compile_options(${name} PRIVATE ${NUDGE_WARNINGS} ${NUDGE_COLD} -Wno-array-bounds -Wno-stringop-overflow
                         -Wno-stringop-overread)
  target_link_libraries(${name} PRIVATE ${libraries} GTest::gmock GTest::gtest_main nlohmann_json::nlohmann_json
                        fmt::fmt)
  nudge_precompile(${name})
  nudge_unite(${name})
  target_compile_definitions(${name} PRIVATE NUDGE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  # Several programs share the processors: threads that wait must not spin.  Those that take a minute or more are
  # given a COST, which is their seconds, where they are made: ctest starts the longest first.
  set_tests_properties(${name} PROPERTIES LABELS "${label}" TIMEOUT 1500 ENVIRONMENT "GOMP_SPINCOUNT=1000")
endfunction()

function(nudge_folder name)
  cmake_parse_arguments(ARG "EACH_CPU;COLD;APART" "" "SOURCES;DEPENDS;PRIVATE;TESTS;SLOW_TESTS;DATA_TESTS" ${ARGN})
  set(target nudge_${name})
  if(ARG_SOURCES)
    add_library(${target} STATIC ${ARG_SOURCES})
    target_compile_options(${target} PRIVATE ${NUDGE_WARNINGS})
    target_link_libraries(${target} PUBLIC nudge_flags PRIVATE ${ARG_PRIVATE})
    if(ARG_COLD)
      target_compile_options(${target} PRIVATE ${NUDGE_COLD})
    endif()
    nudge_precompile(${target})
    if(NOT ARG_APART)
      nudge_unite(${target})
    endif()
    list(TRANSFORM ARG_DEPENDS PREPEND nudge_ OUTPUT_VARIABLE depends)
    target_link_libraries(${target} PUBLIC ${depends})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE nudge_flags)
  endif()
  if(NOT NUDGE_TESTS)
    return()
  endif()
  if(ARG_TESTS)
    nudge_test(${name}_test fast "${target};${ARG_PRIVATE}" ${ARG_TESTS})
    if(ARG_EACH_CPU)
      foreach(cpu ${NUDGE_LESSER_CPUS})
        add_test(NAME ${name}_test_${cpu} COMMAND ${name}_test WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
        set_tests_properties(${name}_test_${cpu} PROPERTIES LABELS fast TIMEOUT 1500
                             ENVIRONMENT "GOMP_SPINCOUNT=1000;NUDGE_CPU=${cpu}")
      endforeach()
    endif()
  endif()
  if(ARG_SLOW_TESTS)
    nudge_test(${name}_slow_test slow "${target};${ARG_PRIVATE}" ${ARG_SLOW_TESTS})
  endif()
  if(ARG_DATA_TESTS)
    nudge_test(${name}_data_test data "${target};${ARG_PRIVATE}" ${ARG_DATA_TESTS})
  endif()
endfunction()
