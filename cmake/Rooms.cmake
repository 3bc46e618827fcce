# One object library per room of src/, and `laminar`, the core library that collects them all.
#
# Object libraries, because a room is a unit of compilation and not of linking: nothing that registers itself is
# dropped, and rooms need no link order. Which room may include which is checked by scripts/check_rooms.py.

find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(Threads REQUIRED)
include(GNUInstallDirs)
# 1.81 brought boost::unordered_flat_map; only headers are used.
find_package(Boost 1.81 REQUIRED)
# Regular expressions. Not RE2: Arrow exports the symbols of another version of it.
find_library(LAMINAR_PCRE2 pcre2-8 REQUIRED)
add_library(laminar::pcre2 UNKNOWN IMPORTED)
set_target_properties(laminar::pcre2 PROPERTIES IMPORTED_LOCATION "${LAMINAR_PCRE2}")

# The rooms in the order of their dependence, and the few that see Arrow's headers. Each such file costs three seconds,
# so the list stays short.
set(laminar_rooms common sql catalog function state exec planner storage engine connector main server)
set(laminar_arrow_rooms function connector main)

add_library(laminar_base INTERFACE)
target_include_directories(laminar_base INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/include")
target_link_libraries(laminar_base INTERFACE fmt::fmt spdlog::spdlog Boost::headers Threads::Threads)

set(laminar_objects)
foreach(room ${laminar_rooms})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/${room}/*.cpp")
  if(NOT sources)
    continue()
  endif()
  add_library(laminar_${room} OBJECT ${sources})
  target_include_directories(laminar_${room} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(laminar_${room} PRIVATE laminar_base)
  if(room IN_LIST laminar_arrow_rooms)
    target_link_libraries(laminar_${room} PRIVATE Arrow::arrow Arrow::arrow_compute Arrow::parquet simdjson::simdjson)
  endif()
  if(room STREQUAL "storage" AND LAMINAR_TESTS)
    # Places where tests have the process killed (kill_point.h): not in what is shipped.
    target_compile_definitions(laminar_storage PRIVATE LAMINAR_KILL_POINTS)
  endif()
  list(APPEND laminar_objects $<TARGET_OBJECTS:laminar_${room}>)
endforeach()

set_source_files_properties(
  "${CMAKE_CURRENT_SOURCE_DIR}/src/main/c/version.cpp" PROPERTIES COMPILE_DEFINITIONS
                                                                  "LAMINAR_VERSION=\"${PROJECT_VERSION}\"")

if(laminar_objects)
  add_library(laminar STATIC ${laminar_objects})
  # Who uses the installed library compiles against include/ alone and links the rest.
  target_link_libraries(
    laminar
    PUBLIC $<BUILD_INTERFACE:laminar_base>
    PRIVATE Arrow::arrow Arrow::arrow_compute Arrow::parquet simdjson::simdjson laminar::pcre2 fmt::fmt spdlog::spdlog
            Threads::Threads)
  target_include_directories(laminar INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(laminar INTERFACE cxx_std_20)
endif()

# For code that looks inside the library: its tests and micro-benchmarks.
add_library(laminar_internals INTERFACE)
target_include_directories(laminar_internals INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/src")
target_link_libraries(laminar_internals INTERFACE Arrow::arrow Arrow::arrow_compute Arrow::parquet)
if(TARGET laminar)
  target_link_libraries(laminar_internals INTERFACE laminar)
endif()
