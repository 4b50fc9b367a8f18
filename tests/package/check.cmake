# Installs nudge, moves it, and builds and runs programs of others against it:
#   cmake -DBUILD=build/release -DSOURCE=. -P check.cmake
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(work "${BUILD}/package_check")
file(REMOVE_RECURSE "${work}")
run("${CMAKE_COMMAND}" --build "${BUILD}" --target package_files)
run("${CMAKE_COMMAND}" -E env "DESTDIR=${work}/stage" "${CMAKE_COMMAND}" --install "${BUILD}" --prefix /opt/nudge)
file(RENAME "${work}/stage/opt/nudge" "${work}/moved")

run("${work}/moved/bin/nudge" --version)
string(STRIP "nudge ${VERSION}" expected)
string(STRIP "${output}" output)
if(NOT output STREQUAL expected)
  message(FATAL_ERROR "the installed program says '${output}', not '${expected}'")
endif()
foreach(file share/man/man1/nudge.1 share/bash-completion/completions/nudge share/doc/nudge/LICENSE)
  if(NOT EXISTS "${work}/moved/${file}")
    message(FATAL_ERROR "${file} is not installed")
  endif()
endforeach()
# Rescaling has no step but libtorch's, whose library is found from the program, however that is called.
run("${CMAKE_COMMAND}" -E env "PATH=${work}/moved/bin:$ENV{PATH}" nudge train --model MobileNetV3Small --image-size 32
    --data "builtin:flowers?count=40" --epochs 1 -o "${work}/small.keras" --quiet)
file(GLOB_RECURSE tests "${work}/moved/include/*_test.h" "${work}/moved/include/test_*.h" "${work}/moved/include/*-inl.h")
if(tests)
  message(FATAL_ERROR "headers of tests are installed: ${tests}")
endif()

file(COPY "${SOURCE}/examples/consumer" DESTINATION "${work}")
run("${CMAKE_COMMAND}" -G Ninja -S "${work}/consumer" -B "${work}/build" "-DCMAKE_PREFIX_PATH=${work}/moved")
run("${CMAKE_COMMAND}" --build "${work}/build" -j 2)
foreach(program quick_start callbacks own_callback own_layer own_loss own_quantizer own_source)
  execute_process(COMMAND "${work}/build/${program}" WORKING_DIRECTORY "${work}" RESULT_VARIABLE result
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${program}: ${output}")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${program} failed (${result})")
  endif()
endforeach()

# Nothing but nudge's own is seen of the library.
file(GLOB library "${work}/moved/lib*/libnudge.so" "${work}/moved/lib/*/libnudge.so")
run(nm -DC --defined-only "${library}")
string(REGEX REPLACE "[^\n]*(nudge::|nudge_)[^\n]*\n" "" foreign "${output}")
string(REGEX REPLACE "[^\n]* A [^\n]*\n" "" foreign "${foreign}")
if(NOT foreign STREQUAL "")
  message(FATAL_ERROR "libnudge.so shows names that are not nudge's:\n${foreign}")
endif()
file(REMOVE_RECURSE "${work}")
