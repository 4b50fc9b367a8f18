# The headers of other libraries that most sources read, parsed once: half the time of compiling a layer went
# there.  A source still includes what it uses; NUDGE_PRECOMPILED=OFF shows where one does not.
option(NUDGE_PRECOMPILED "Precompile the headers of other libraries" ON)

set(NUDGE_STANDARD_HEADERS <algorithm> <array> <cmath> <cstdint> <cstring> <filesystem> <functional> <limits> <map>
    <memory> <numeric> <optional> <set> <span> <string> <utility> <vector>)

# A target of nothing but precompiled headers, which others take that have the same options.
function(nudge_precompiled_headers name options libraries)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc" CONTENT "")
  add_library(${name} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc")
  target_compile_options(${name} PRIVATE ${NUDGE_WARNINGS} ${options})
  target_link_libraries(${name} PRIVATE nudge_flags nlohmann_json::nlohmann_json fmt::fmt ${libraries})
  target_precompile_headers(${name} PRIVATE ${NUDGE_STANDARD_HEADERS} <fmt/format.h> <nlohmann/json.hpp> ${ARGN})
endfunction()

if(NUDGE_PRECOMPILED)
  nudge_precompiled_headers(nudge_headers "" "")
  nudge_precompiled_headers(nudge_headers_cold "${NUDGE_COLD}" "")
  nudge_precompiled_headers(nudge_headers_command "${NUDGE_COLD}" CLI11::CLI11 <CLI/CLI.hpp>)
  if(NUDGE_TESTS)
    # Programs are compiled to be position independent in their own way.
    nudge_precompiled_headers(nudge_headers_test "${NUDGE_COLD};-fPIE" GTest::gmock <gmock/gmock.h>)
    set_target_properties(nudge_headers_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  endif()
endif()

# Gives a target with its options and libraries the precompiled headers that have the same, if any have.
function(nudge_precompile target)
  get_target_property(options ${target} COMPILE_OPTIONS)
  get_target_property(libraries ${target} LINK_LIBRARIES)
  if(NOT NUDGE_PRECOMPILED OR NOT "nlohmann_json::nlohmann_json" IN_LIST libraries
     OR "OpenMP::OpenMP_CXX" IN_LIST libraries)
    return()
  endif()
  if("GTest::gmock" IN_LIST libraries)
    set(headers nudge_headers_test)
  elseif("CLI11::CLI11" IN_LIST libraries)
    set(headers nudge_headers_command)
  elseif("${NUDGE_COLD}" IN_LIST options)
    set(headers nudge_headers_cold)
  else()
    set(headers nudge_headers)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${headers})
endfunction()
