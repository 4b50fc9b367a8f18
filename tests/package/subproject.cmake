# Included by check.cmake, which gives run(), SOURCE and work: projects that have nudge as a part.  They are configured
# and their commands looked at; what the commands compile is what the tests' own build compiles.
function(check_part name way options)
  set(part "${work}/${name}")
  file(WRITE "${part}/CMakeLists.txt"
       "cmake_minimum_required(VERSION 3.25)\nproject(part LANGUAGES CXX)\n${way}\n"
       "add_executable(app app.cc)\ntarget_link_libraries(app PRIVATE nudge::nudge)\n")
  file(WRITE "${part}/app.cc" "#include \"nudge/nudge.h\"\nint main() { return nudge::version().empty() ? 1 : 0; }\n")
  run("${CMAKE_COMMAND}" -G Ninja -S "${part}" -B "${part}/build" ${options})
  run(ninja -C "${part}/build" -t targets all)
  string(REGEX MATCH "[a-z_]*(_test|flowers_qat|nudge_shared)[^\n]*" foreign "${output}")
  if(foreign)
    message(FATAL_ERROR "${name}: a part of another project has ${foreign}")
  endif()
  run(ninja -C "${part}/build" -t commands app)
  if(NOT output MATCHES "libnudge_train\\.a" OR output MATCHES "-Werror")
    message(FATAL_ERROR "${name}: the library is not built, or with warnings as errors")
  endif()
  if(options MATCHES "NUDGE_TORCH=OFF" AND output MATCHES "torch_cpu|ATen")
    message(FATAL_ERROR "${name}: libtorch is linked without being asked for")
  endif()
  run("${CMAKE_COMMAND}" --install "${part}/build" --prefix "${part}/installed")
  file(GLOB_RECURSE installed "${part}/installed/*")
  if(installed)
    message(FATAL_ERROR "${name}: a part of another project installs ${installed}")
  endif()
endfunction()

check_part(subdirectory "add_subdirectory(\"${SOURCE}\" nudge)" "")
check_part(fetched "include(FetchContent)\nFetchContent_Declare(nudge SOURCE_DIR \"${SOURCE}\")\nFetchContent_MakeAvailable(nudge)"
           "-DNUDGE_TORCH=OFF")
