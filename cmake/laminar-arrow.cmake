# Arrow C++ as three targets: Arrow::arrow, Arrow::arrow_compute, Arrow::parquet. Included by this project and, as it is
# installed beside laminarConfig.cmake, by those that use the library: both find Arrow in the same way.
#
#   laminar_find_arrow(<where> <version> <problem>)
#
# <where> is pyarrow: the very libraries that `import pyarrow` loads, so that a program with Python in it has one Arrow.
# Their files have no unversioned names, hence full paths. PYARROW_DIR names the folder of the package, or
# Python_EXECUTABLE the interpreter that has it. Or <where> is system: an installed Arrow.
# <version> is a major version (26), or a major version and the ABI of the libraries (2600), which has to be that one.
# Sets <problem> to what is wrong, or to nothing; then PYARROW_DIR and LAMINAR_ARROW_ABI are set too.
function(laminar_find_arrow where version problem)
  set(${problem} "" PARENT_SCOPE)
  string(SUBSTRING "${version}" 0 2 major)
  if(where STREQUAL "system")
    find_package(Arrow ${major} QUIET)
    find_package(ArrowCompute ${major} QUIET)
    find_package(Parquet ${major} QUIET)
    if(NOT Arrow_FOUND OR NOT ArrowCompute_FOUND OR NOT Parquet_FOUND)
      set(${problem} "Arrow C++ ${major} with its compute and Parquet libraries is not installed" PARENT_SCOPE)
      return()
    endif()
    if(NOT TARGET Arrow::arrow)
      add_library(Arrow::arrow ALIAS Arrow::arrow_shared)
      add_library(Arrow::arrow_compute ALIAS ArrowCompute::arrow_compute_shared)
      add_library(Arrow::parquet ALIAS Parquet::parquet_shared)
    endif()
    return()
  elseif(NOT where STREQUAL "pyarrow")
    set(${problem} "LAMINAR_ARROW is '${where}'; known are pyarrow and system" PARENT_SCOPE)
    return()
  endif()

  if(NOT PYARROW_DIR)
    if(NOT Python_EXECUTABLE)
      set(${problem} "Arrow is taken from pyarrow, and no Python was found: set Python_EXECUTABLE to an interpreter \
that has pyarrow, or PYARROW_DIR to the folder of the package" PARENT_SCOPE)
      return()
    endif()
    execute_process(
      COMMAND "${Python_EXECUTABLE}" -c
              "import importlib.util as u; print(u.find_spec('pyarrow').submodule_search_locations[0])"
      OUTPUT_VARIABLE PYARROW_DIR
      ERROR_QUIET
      RESULT_VARIABLE status
      OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT status EQUAL 0)
      set(${problem} "${Python_EXECUTABLE} has no pyarrow: install it (pip install 'pyarrow>=${major}.0.1,<${major}.1'), \
or set Python_EXECUTABLE to an interpreter that has it, or PYARROW_DIR to the folder of the package" PARENT_SCOPE)
      return()
    endif()
  endif()
  if(NOT EXISTS "${PYARROW_DIR}/include/arrow/util/config.h")
    set(${problem} "there is no pyarrow in ${PYARROW_DIR}: include/arrow/util/config.h is missing" PARENT_SCOPE)
    return()
  endif()
  file(STRINGS "${PYARROW_DIR}/include/arrow/util/config.h" so_line REGEX "define ARROW_SO_VERSION")
  string(REGEX REPLACE ".*\"([0-9]+)\".*" "\\1" abi "${so_line}")
  if(NOT abi MATCHES "^${version}")
    set(${problem} "pyarrow in ${PYARROW_DIR} has Arrow ABI ${abi}, needed is ${version}: \
install pyarrow>=${major}.0.1,<${major}.1" PARENT_SCOPE)
    return()
  endif()
  foreach(name arrow arrow_compute parquet)
    if(NOT TARGET Arrow::${name})
      add_library(Arrow::${name} SHARED IMPORTED)
      set_target_properties(
        Arrow::${name} PROPERTIES IMPORTED_LOCATION "${PYARROW_DIR}/lib${name}.so.${abi}"
                                  INTERFACE_INCLUDE_DIRECTORIES "${PYARROW_DIR}/include")
      if(NOT name STREQUAL "arrow")
        target_link_libraries(Arrow::${name} INTERFACE Arrow::arrow)
      endif()
    endif()
  endforeach()
  set(PYARROW_DIR "${PYARROW_DIR}" PARENT_SCOPE)
  set(LAMINAR_ARROW_ABI "${abi}" PARENT_SCOPE)
endfunction()
