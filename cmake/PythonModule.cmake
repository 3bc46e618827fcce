# The nanobind module laminardb._laminardb. It is a caller of the public C++ API like any other: it sees include/, its
# own folder and Arrow, and nothing of src/.

file(GLOB module_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/python/src/*.cpp")
if(NOT module_sources OR NOT TARGET laminar)
  return()
endif()

execute_process(
  COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir
  OUTPUT_VARIABLE nanobind_ROOT
  OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
find_package(nanobind 3.1 CONFIG REQUIRED)

# NOMINSIZE: the conversions of rows are hot, so they are built for speed. NOSTRIP: profiles need names; wheels are
# stripped when they are installed.
nanobind_add_module(_laminardb NB_STATIC NB_DOMAIN laminardb NOMINSIZE NOSTRIP ${module_sources})
target_compile_definitions(_laminardb PRIVATE LAMINAR_VERSION="${PROJECT_VERSION}")
target_include_directories(_laminardb PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/python/src")
target_compile_definitions(_laminardb PRIVATE LAMINAR_VERSION="${PROJECT_VERSION}")
target_link_libraries(_laminardb PRIVATE laminar Arrow::arrow Arrow::arrow_compute)

# Where the module lands while developing. The release preset puts it inside the package, which .venv sees in place, so
# that a rebuild is one run of ninja. Other builds get a copy of the package beside their own module, to be chosen with
# PYTHONPATH=build/<preset>/python.
set(LAMINAR_MODULE_DIR "${CMAKE_CURRENT_BINARY_DIR}/python/laminardb" CACHE PATH "Folder the built module is put in")
set_target_properties(_laminardb PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${LAMINAR_MODULE_DIR}")
if(NOT LAMINAR_MODULE_DIR STREQUAL "${CMAKE_CURRENT_SOURCE_DIR}/python/laminardb" AND NOT SKBUILD)
  add_custom_target(
    laminardb_package ALL
    COMMAND "${CMAKE_COMMAND}" -D "from=${CMAKE_CURRENT_SOURCE_DIR}/python/laminardb" -D "to=${LAMINAR_MODULE_DIR}" -P
            "${CMAKE_CURRENT_LIST_DIR}/copy_package.cmake"
    COMMENT "Copying the package beside its module")
endif()

# An installed module sits in site-packages/laminardb, next to site-packages/pyarrow.
set(module_rpath "$ORIGIN/../pyarrow")
if(SKBUILD_STATE STREQUAL "editable")
  list(APPEND module_rpath "${PYARROW_DIR}")
endif()
set_target_properties(_laminardb PROPERTIES INSTALL_RPATH "${module_rpath}")
# Only when it is asked for, which the build of a wheel does; a plain `cmake --install` is the C++ library.
install(TARGETS _laminardb LIBRARY DESTINATION laminardb COMPONENT python EXCLUDE_FROM_ALL)
