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
# LayerNormalization has no step but libtorch's, whose library is found from the program, however that is called.
run("${CMAKE_COMMAND}" -E env "PATH=${work}/moved/bin:$ENV{PATH}" nudge train --model ConvNeXtTiny --image-size 32
    --data "builtin:flowers?count=40" --epochs 1 -o "${work}/small.keras" --quiet)
file(GLOB_RECURSE tests "${work}/moved/include/*_test.h" "${work}/moved/include/test_*.h" "${work}/moved/include/*-inl.h")
if(tests)
  message(FATAL_ERROR "headers of tests are installed: ${tests}")
endif()

# Without that library the layer is named that needs it.
file(GLOB torch "${work}/moved/lib*/libnudge_torch.so" "${work}/moved/lib/*/libnudge_torch.so")
file(RENAME "${torch}" "${torch}.away")
execute_process(COMMAND "${work}/moved/bin/nudge" train --model ConvNeXtTiny --image-size 32
                --data "builtin:flowers?count=40" --epochs 1 -o "${work}/small.keras" --quiet
                RESULT_VARIABLE result ERROR_VARIABLE output)
if(NOT result EQUAL 1 OR NOT output MATCHES "layer '[^']*'.*libnudge_torch.so")
  message(FATAL_ERROR "without libnudge_torch.so (${result}): ${output}")
endif()
file(RENAME "${torch}.away" "${torch}")

run("${work}/moved/bin/nudge" data make flowers "${work}/photos" --count 30 --image-size 96)
file(COPY "${SOURCE}/examples/consumer" DESTINATION "${work}")
run("${CMAKE_COMMAND}" -G Ninja -S "${work}/consumer" -B "${work}/build" "-DCMAKE_PREFIX_PATH=${work}/moved")
run("${CMAKE_COMMAND}" --build "${work}/build" -j 2)
foreach(program quick_start growing callbacks own_callback own_layer own_loss own_metric own_quantizer own_source)
  execute_process(COMMAND "${work}/build/${program}" WORKING_DIRECTORY "${work}" RESULT_VARIABLE result
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${program}: ${output}")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${program} failed (${result})")
  endif()
endforeach()

# docs/cpp.md's own project, and what pkg-config says.
file(READ "${SOURCE}/docs/cpp.md" page)
string(REGEX MATCH "```cmake\n([^`]*)```" snippet "${page}")
file(WRITE "${work}/app/CMakeLists.txt"
     "cmake_minimum_required(VERSION 3.25)\nproject(app LANGUAGES CXX)\n${CMAKE_MATCH_1}")
file(WRITE "${work}/app/app.cc"
     "#include <nudge/nudge.h>\nint main() { return nudge::version() == \"${VERSION}\" ? 0 : 1; }\n")
run("${CMAKE_COMMAND}" -G Ninja -S "${work}/app" -B "${work}/app/build" "-DCMAKE_PREFIX_PATH=${work}/moved")
run("${CMAKE_COMMAND}" --build "${work}/app/build")
run("${work}/app/build/app")
file(GLOB library "${work}/moved/lib*/libnudge.so" "${work}/moved/lib/*/libnudge.so")
cmake_path(GET library PARENT_PATH libraries)
find_program(PKG_CONFIG pkg-config REQUIRED)
run("${CMAKE_COMMAND}" -E env "PKG_CONFIG_PATH=${libraries}/pkgconfig" "${PKG_CONFIG}" --cflags --libs nudge)
string(STRIP "${output}" flags)
separate_arguments(flags UNIX_COMMAND "${flags}")
run(c++ -std=c++20 "${work}/app/app.cc" ${flags} "-Wl,-rpath,${libraries}" -o "${work}/app/app")
run("${work}/app/app")

# As a part of another project nudge brings neither tests nor examples, warnings as errors or install rules.
include("${SOURCE}/tests/package/subproject.cmake")

# What programs of this version call is still there.
run("${SOURCE}/tests/package/interface.sh" check "${library}" "${SOURCE}/tests/package/nudge-0.2.txt")

# Nothing but nudge's own is seen of the library.
run(nm -DC --defined-only "${library}")
string(REGEX REPLACE "[^\n]*(nudge::|nudge_)[^\n]*\n" "" foreign "${output}")
string(REGEX REPLACE "[^\n]* A [^\n]*\n" "" foreign "${foreign}")
if(NOT foreign STREQUAL "")
  message(FATAL_ERROR "libnudge.so shows names that are not nudge's:\n${foreign}")
endif()
file(REMOVE_RECURSE "${work}")
