# tests/cpp/<room>/*.cpp becomes the binary <room>_tests; files directly in tests/cpp become core_tests.
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
foreach(room ${laminar_rooms})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/cpp/${room}/*.cpp")
  laminar_add_test_binary(${room}_tests ${sources})
endforeach()
