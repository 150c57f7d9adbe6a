# Compiler options of all host code, and their reasons.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

option(DOJO_LTO "link-time optimisation of the final binary (about 1.2x simulation speed)" ON)
option(DOJO_WERROR "warnings in our own code are errors" ON)
set(DOJO_MARCH native CACHE STRING "processor for which host code is built; x86-64-v3 for binaries that travel")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
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

# Libraries hold machine code and bitcode, so that tests link in a moment and only the final binary pays for optimisation.
set(DOJO_LTO_ACTIVE OFF)
if(DOJO_LTO AND CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang"
   AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 17)
  set(DOJO_LTO_ACTIVE ON)
  add_compile_options(-flto -ffat-lto-objects)
endif()

# Warnings of our own code; verilated code is compiled with -w.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wimplicit-fallthrough)
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>)
if(DOJO_WERROR)
  add_compile_options(-Werror)
endif()

# Include roots: sw/ ("model/hart.hpp") and the repository ("tb/...hpp").
include_directories(${PROJECT_SOURCE_DIR}/sw ${PROJECT_SOURCE_DIR})

# dojo_final_binary(TARGET): an executable that users run; optimised as a whole at link time.
function(dojo_final_binary target)
  if(DOJO_LTO_ACTIVE)
    target_link_options(${target} PRIVATE -flto -ffat-lto-objects -O3 -Wl,--lto-O3)
  endif()
endfunction()

# dojo_without_lto(): folders added from here on hold nothing that goes into a final binary, so bitcode would be wasted time.
macro(dojo_without_lto)
  if(DOJO_LTO_ACTIVE)
    add_compile_options(-fno-lto)
  endif()
endmacro()
