# Every examples/**/*.cpp is a program of its own that uses the public API alone; ctest runs each. That of cpp_package is
# a project outside of this one, which tests/cpp_package builds against an installed library.

file(GLOB_RECURSE example_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/examples/*.cpp")
list(FILTER example_sources EXCLUDE REGEX "/examples/cpp_package/")
foreach(source ${example_sources})
  if(NOT TARGET laminar)
    break()
  endif()
  get_filename_component(stem "${source}" NAME_WE)
  add_executable(example_${stem} "${source}")
  target_link_libraries(example_${stem} PRIVATE laminar)
  if(LAMINAR_TESTS)
    add_test(NAME example_${stem} COMMAND example_${stem})
    set_tests_properties(example_${stem} PROPERTIES LABELS example TIMEOUT 60)
  endif()
endforeach()
