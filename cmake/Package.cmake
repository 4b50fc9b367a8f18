# What is installed: the program, one shared library with its headers and package files, and the pages of a manual.
include(CMakePackageConfigHelpers)

# Everything but the command line in one library, of which only nudge's own names are seen.
list(TRANSFORM NUDGE_FOLDERS PREPEND nudge_ OUTPUT_VARIABLE archives)
list(TRANSFORM archives REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
add_library(nudge_shared SHARED EXCLUDE_FROM_ALL ${objects})
set(exports "${PROJECT_SOURCE_DIR}/cmake/exports.map")
# For the libraries that the objects need.
target_link_libraries(nudge_shared PRIVATE ${archives})
target_link_options(nudge_shared PRIVATE "LINKER:--version-script=${exports}")
set_target_properties(nudge_shared PROPERTIES
  OUTPUT_NAME nudge EXPORT_NAME nudge LINK_DEPENDS "${exports}"
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_compile_features(nudge_shared INTERFACE cxx_std_20)
target_link_libraries(nudge_shared INTERFACE nlohmann_json::nlohmann_json)
target_include_directories(nudge_shared INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")

# The manual and the completions say what the program says of itself.
set(pages "${CMAKE_CURRENT_BINARY_DIR}/manual")
add_custom_command(
  OUTPUT "${pages}/nudge.1" "${pages}/nudge.bash" "${pages}/_nudge" "${pages}/nudge.fish"
  COMMAND ${CMAKE_COMMAND} -E make_directory "${pages}"
  COMMAND nudge manual --out "${pages}/nudge.1" --quiet
  COMMAND nudge completion bash --out "${pages}/nudge.bash" --quiet
  COMMAND nudge completion zsh --out "${pages}/_nudge" --quiet
  COMMAND nudge completion fish --out "${pages}/nudge.fish" --quiet
  DEPENDS nudge
  COMMENT "Writing the manual and the completions")
add_custom_target(package_files DEPENDS nudge nudge_shared "${pages}/nudge.1")
if(NUDGE_TORCH)
  add_dependencies(package_files nudge_torch)
  install(TARGETS nudge_torch LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()

install(TARGETS nudge RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS nudge_shared EXPORT nudge LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(CODE "set(SOURCE \"${PROJECT_SOURCE_DIR}\")\nset(FOLDER \"${CMAKE_INSTALL_INCLUDEDIR}\")")
install(SCRIPT cmake/InstallHeaders.cmake)
install(FILES "${pages}/nudge.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${pages}/nudge.bash" RENAME nudge DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(FILES "${pages}/_nudge" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
install(FILES "${pages}/nudge.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
# Of what is compiled in, from headers alone; what is linked brings its own.
set(licences "${CMAKE_CURRENT_BINARY_DIR}/copyright")
file(READ LICENSE text)
foreach(package libcli11-dev nlohmann-json3-dev libflatbuffers-dev libhwy-dev)
  if(EXISTS "/usr/share/doc/${package}/copyright")
    file(READ "/usr/share/doc/${package}/copyright" part)
    string(APPEND text "\n${package}\n\n${part}")
  endif()
endforeach()
file(WRITE "${licences}" "${text}")
install(FILES "${licences}" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs")

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/nudge")
install(EXPORT nudge NAMESPACE nudge:: FILE nudge-targets.cmake DESTINATION "${package}")
configure_package_config_file(cmake/nudge-config.cmake.in nudge-config.cmake INSTALL_DESTINATION "${package}")
write_basic_package_version_file(nudge-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/nudge-config.cmake" "${CMAKE_CURRENT_BINARY_DIR}/nudge-config-version.cmake"
        DESTINATION "${package}")
file(RELATIVE_PATH prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
configure_file(cmake/nudge.pc.in nudge.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/nudge.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "the nudge authors")
set(CPACK_PACKAGE_CONTACT "the nudge authors <nudge@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox, fonts-dejavu-core")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, nlohmann-json3-dev")
include(CPack)
