# tests/cpp/<room>/*.cpp becomes the binary <room>_tests, tests/cpp/api (through include/laminar only) api_tests; files directly in tests/cpp become core_tests.
# One binary per room: a change in a room relinks little, and ctest runs two of them side by side.

find_package(GTest REQUIRED)

function(laminar_add_test_binary name)
  if(NOT ARGN OR NOT TARGET laminar)
    return()
  endif()
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/tests/cpp")
  target_link_libraries(${name} PRIVATE laminar_internals GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS cpp TIMEOUT 300)
endfunction()

file(GLOB top_level CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/cpp/*.cpp")
laminar_add_test_binary(core_tests ${top_level})
foreach(room ${laminar_rooms} api)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/cpp/${room}/*.cpp")
  laminar_add_test_binary(${room}_tests ${sources})
endforeach()

# A fuzz target without libFuzzer: a fixed number of random mutations, so that every test run fuzzes a little, and the
# sanitizer stage does so under instrumentation.
set(mutate_main "${CMAKE_CURRENT_SOURCE_DIR}/tests/fuzz/mutate_main.cpp")
file(GLOB fuzz_targets CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp")
foreach(source ${fuzz_targets})
  if(NOT EXISTS "${mutate_main}" OR NOT TARGET laminar)
    break()
  endif()
  get_filename_component(stem "${source}" NAME_WE)
  add_executable(${stem}_mutations "${source}" "${mutate_main}")
  target_link_libraries(${stem}_mutations PRIVATE laminar_internals)
  add_test(NAME ${stem}_mutations COMMAND ${stem}_mutations 20000)
  set_tests_properties(${stem}_mutations PROPERTIES LABELS fuzz TIMEOUT 300)
endforeach()

# Every tests/c/*.c is a program against the shared library, as C programs see it.
file(GLOB c_tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/c/*.c")
foreach(source ${c_tests})
  if(NOT TARGET laminar_shared)
    break()
  endif()
  get_filename_component(stem "${source}" NAME_WE)
  add_executable(${stem} "${source}")
  target_link_libraries(${stem} PRIVATE laminar_shared Threads::Threads)
  set_target_properties(${stem} PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  add_test(NAME ${stem} COMMAND ${stem})
  set_tests_properties(${stem} PROPERTIES LABELS c TIMEOUT 120)
endforeach()
