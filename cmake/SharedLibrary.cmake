# liblaminar.so, for programs in C and for what loads libraries at run time: the same objects as the static library, of
# which only the functions of laminar.h can be seen from outside. C++ programs link the static one: the C++ interface
# is no ABI.

if(NOT TARGET laminar)
  return()
endif()

set(LAMINAR_ARROW_RPATH "${PYARROW_DIR}" CACHE STRING
    "Where the installed liblaminar.so looks for Arrow first; $ORIGIN is its own folder, nothing: where the system looks")

set(exports "${CMAKE_CURRENT_LIST_DIR}/exports.map")
add_library(laminar_shared SHARED ${laminar_objects})
target_link_libraries(laminar_shared PRIVATE Arrow::arrow Arrow::arrow_compute Arrow::parquet simdjson::simdjson
                                             laminar::pcre2 fmt::fmt spdlog::spdlog Threads::Threads)
target_link_options(laminar_shared PRIVATE "LINKER:--version-script=${exports}" "LINKER:--no-undefined")
if(LAMINAR_SANITIZE)
  target_link_options(laminar_shared PRIVATE "LINKER:-z,undefs")  # the sanitizer's functions are the program's
endif()
target_include_directories(
  laminar_shared INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# Below 1.0 a minor version may change what a function means.
set_target_properties(
  laminar_shared
  PROPERTIES OUTPUT_NAME laminar
             EXPORT_NAME c
             VERSION "${PROJECT_VERSION}"
             SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}"
             LINK_DEPENDS "${exports}"
             INSTALL_RPATH "${LAMINAR_ARROW_RPATH}")
