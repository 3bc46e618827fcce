# Arrow C++ as three targets: Arrow::arrow, Arrow::arrow_compute, Arrow::parquet.
#
# By default they are the libraries of the pyarrow wheel. With LAMINAR_ARROW=system an installed Arrow of the same major
# version stands in, for a C++ library without Python.

set(laminar_arrow_version 26)

include("${CMAKE_CURRENT_LIST_DIR}/laminar-arrow.cmake")
laminar_find_arrow("${LAMINAR_ARROW}" "${laminar_arrow_version}" arrow_problem)
if(arrow_problem)
  message(FATAL_ERROR "${arrow_problem}. In a checkout, scripts/setup.sh installs what is needed.")
endif()
