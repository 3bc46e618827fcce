# Arrow C++ as three targets: Arrow::arrow, Arrow::arrow_compute, Arrow::parquet.
#
# By default they are the very libraries that `import pyarrow` loads, so that the Python module and pyarrow share one
# Arrow in the process. Their files have no unversioned names, hence full paths. With LAMINAR_ARROW=system an installed
# Arrow of the same major version stands in, for a C++ library without Python.

set(laminar_arrow_version 26)

if(LAMINAR_ARROW STREQUAL "pyarrow")
  execute_process(
    COMMAND "${Python_EXECUTABLE}" -c
            "import importlib.util as u; print(u.find_spec('pyarrow').submodule_search_locations[0])"
    OUTPUT_VARIABLE PYARROW_DIR
    OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  file(STRINGS "${PYARROW_DIR}/include/arrow/util/config.h" so_line REGEX "define ARROW_SO_VERSION")
  string(REGEX REPLACE ".*\"([0-9]+)\".*" "\\1" arrow_so "${so_line}")
  if(NOT arrow_so MATCHES "^${laminar_arrow_version}[0-9][0-9]$")
    message(FATAL_ERROR "pyarrow in ${PYARROW_DIR} has Arrow ABI ${arrow_so}, needed is ${laminar_arrow_version}.0; "
                        "run scripts/setup.sh")
  endif()
  foreach(name arrow arrow_compute parquet)
    add_library(Arrow::${name} SHARED IMPORTED)
    set_target_properties(
      Arrow::${name} PROPERTIES IMPORTED_LOCATION "${PYARROW_DIR}/lib${name}.so.${arrow_so}"
                                INTERFACE_INCLUDE_DIRECTORIES "${PYARROW_DIR}/include")
  endforeach()
  target_link_libraries(Arrow::arrow_compute INTERFACE Arrow::arrow)
  target_link_libraries(Arrow::parquet INTERFACE Arrow::arrow)
elseif(LAMINAR_ARROW STREQUAL "system")
  find_package(Arrow ${laminar_arrow_version} REQUIRED)
  find_package(ArrowCompute ${laminar_arrow_version} REQUIRED)
  find_package(Parquet ${laminar_arrow_version} REQUIRED)
  add_library(Arrow::arrow ALIAS Arrow::arrow_shared)
  add_library(Arrow::arrow_compute ALIAS ArrowCompute::arrow_compute_shared)
  add_library(Arrow::parquet ALIAS Parquet::parquet_shared)
else()
  message(FATAL_ERROR "LAMINAR_ARROW is '${LAMINAR_ARROW}'; known are pyarrow and system")
endif()
