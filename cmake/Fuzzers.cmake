# Every tests/fuzz/*_fuzz.cpp is a libFuzzer program. libFuzzer comes with clang; the fuzz preset chooses it.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "the fuzzers need clang++: cmake --preset fuzz")
endif()

file(GLOB fuzz_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp")
foreach(source ${fuzz_sources})
  get_filename_component(stem "${source}" NAME_WE)
  add_executable(${stem} "${source}")
  target_link_libraries(${stem} PRIVATE laminar_internals)
  target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzzers")
endforeach()
# Coverage feedback for the code under test; it needs no main of libFuzzer's.
foreach(room ${laminar_rooms})
  if(TARGET laminar_${room})
    target_compile_options(laminar_${room} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endforeach()
