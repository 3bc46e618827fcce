# Compiler, linker and sanitizer flags, set once for every target of the project.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
# -g1 keeps function names and line numbers for profiles and sanitizer reports at little cost.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g -D_GLIBCXX_ASSERTIONS")
if(LAMINAR_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -D_GLIBCXX_ASSERTIONS")
endif()

add_compile_options(-Wall -Wextra -Wpedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 at -O3 follows values through inlined code and guesses: overlaps inside std::string's operator+ (GCC bug
  # 105651), an optional's value read while it is empty, a copy past the end of a union. The sanitizer builds look for
  # the real ones.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(LAMINAR_WERROR AND NOT LAMINAR_SANITIZE)
  # Instrumented code confuses the flow-sensitive warnings; the plain builds of the same sources are the strict ones.
  add_compile_options(-Werror)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # The oldest machine we run on. Faster paths are compiled beside the plain ones and chosen at run time.
  add_compile_options(-march=x86-64-v2)
endif()

if(LAMINAR_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(LAMINAR_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(LAMINAR_SANITIZE)
  message(FATAL_ERROR "LAMINAR_SANITIZE is '${LAMINAR_SANITIZE}'; known are address and thread")
endif()

find_program(LAMINAR_MOLD mold)
mark_as_advanced(LAMINAR_MOLD)
if(LAMINAR_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
find_program(LAMINAR_CCACHE ccache)
mark_as_advanced(LAMINAR_CCACHE)
if(LAMINAR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${LAMINAR_CCACHE}")
endif()
