# `cmake --install build/release --prefix X`: headers, the static and the shared library, and what find_package(laminar)
# and pkg-config read.

if(NOT TARGET laminar)
  return()
endif()
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/laminar")
set(laminar_built_arrow "${laminar_arrow_version}")
if(LAMINAR_ARROW STREQUAL "pyarrow")
  set(laminar_built_arrow "${LAMINAR_ARROW_ABI}")
endif()

# Two sets of targets, because a program in C needs none of what the static library has to find.
install(TARGETS laminar EXPORT laminarTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT cpp)
install(TARGETS laminar_shared EXPORT laminarCTargets LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT cpp)
install(DIRECTORY include/laminar DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT cpp)
install(FILES include/laminar.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT cpp)
install(EXPORT laminarTargets NAMESPACE laminar:: DESTINATION "${package_dir}" COMPONENT cpp)
install(EXPORT laminarCTargets NAMESPACE laminar:: DESTINATION "${package_dir}" COMPONENT cpp)
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/laminarConfig.cmake.in" "${CMAKE_CURRENT_BINARY_DIR}/laminarConfig.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/laminarConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(
  FILES "${CMAKE_CURRENT_BINARY_DIR}/laminarConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/laminarConfigVersion.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/laminar-arrow.cmake"
  DESTINATION "${package_dir}"
  COMPONENT cpp)

# The prefix is found from where the file lies, so that an installed folder can be moved.
file(RELATIVE_PATH laminar_prefix_of_pc "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file("${CMAKE_CURRENT_LIST_DIR}/laminar.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/laminar.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/laminar.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT cpp)
