# Compiler options of all host code, and their reasons.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

option(DOJO_WERROR "warnings in our own code are errors" ON)
set(DOJO_MARCH native CACHE STRING "processor for which host code is built; x86-64-v3 for binaries that travel")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  # Without this ccache leaves alone what uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

# Release keeps assertions of C++ (no NDEBUG): their cost is not measurable beside the simulation.
set(CMAKE_CXX_FLAGS_RELEASE "-O3")
set(CMAKE_C_FLAGS_RELEASE "-O3")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined")
set(CMAKE_C_FLAGS_DEBUG ${CMAKE_CXX_FLAGS_DEBUG})

add_compile_options(-march=${DOJO_MARCH})
# Contraction into fused multiply-add would make host arithmetic depend on the processor.
add_compile_options(-ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
  # Verilated lane loops are twice as wide with 512-bit vectors where the processor has them.
  add_compile_options(-mprefer-vector-width=512)
endif()

# What scripts/coverage builds: counts in our own code, by clang, and in all models, by Verilator (dojo_verilate.cmake).
option(DOJO_COVERAGE "counts of what is executed, of RTL and C++" OFF)
if(DOJO_COVERAGE)
  # For our own targets only; Verilator's library is that of the ordinary build, which a compiler cache knows.
  set(DOJO_COUNTED -fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

# Warnings of our own code; verilated code is compiled with -w.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wimplicit-fallthrough)
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>)
if(DOJO_WERROR)
  add_compile_options(-Werror)
endif()

# Include roots: sw/ ("model/hart.hpp") and the repository ("tb/...hpp").
include_directories(${PROJECT_SOURCE_DIR}/sw ${PROJECT_SOURCE_DIR})
