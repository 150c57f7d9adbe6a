# Quick builds. What a small file includes takes most of its compile time, so libraries' headers are precompiled, and files of one target
# are compiled several at a time (unity builds), which halves the time of build and clang-tidy.
#
# dojo_quick_builds(FOLDERS...): for all of our targets in these folders and below. Sources include what they use all the same, and keep
# their names apart; the debug preset compiles every file alone and without precompiled headers, and so finds what they forgot.

option(DOJO_UNITY "several files of a target are compiled at a time" ON)

# Sets `result` to the targets of `folder` and its subfolders.
function(dojo_targets_below folder result)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  get_property(subfolders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(subfolder IN LISTS subfolders)
    dojo_targets_below(${subfolder} below)
    list(APPEND targets ${below})
  endforeach()
  set(${result} ${targets} PARENT_SCOPE)
endfunction()

# Adds the target `name`, whose headers other targets use. A precompiled header fits where all of its macros have the same values.
function(dojo_add_headers name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;LIBS")
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Carries the precompiled headers of ${name}.\n")
  add_library(${name} OBJECT ${source})
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
  target_compile_options(${name} PRIVATE ${DOJO_COUNTED})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # The same bytes in every build, so that a compiler cache knows what it sees.
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# Compiles a target of which no run takes long without optimisation, in half the time.
function(dojo_compile_quickly target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O0>)
  set_target_properties(${target} PROPERTIES DOJO_QUICKLY TRUE)
endfunction()

function(dojo_quick_builds)
  # Only what is small: the code of nlohmann-json's and CLI11's templates would come into every file again, 2 s each.
  set(headers <algorithm> <array> <cstdint> <cstring> <filesystem> <functional> <map> <memory> <optional> <random> <span> <string> <vector>
              <fmt/format.h>)
  dojo_add_headers(dojo_headers HEADERS ${headers} LIBS fmt::fmt Threads::Threads)
  dojo_add_headers(dojo_test_headers HEADERS ${headers} <gtest/gtest.h> LIBS GTest::gtest fmt::fmt Threads::Threads)
  # The same for targets that are compiled quickly, as a compilation without optimisation differs in a macro.
  dojo_add_headers(dojo_quick_headers HEADERS ${headers} LIBS fmt::fmt Threads::Threads)
  dojo_add_headers(dojo_quick_test_headers HEADERS ${headers} <gtest/gtest.h> LIBS GTest::gtest fmt::fmt Threads::Threads)
  dojo_compile_quickly(dojo_quick_headers)
  dojo_compile_quickly(dojo_quick_test_headers)
  foreach(folder IN LISTS ARGN)
    dojo_targets_below(${folder} targets)
    foreach(target IN LISTS targets)
      get_target_property(type ${target} TYPE)
      if(NOT type MATCHES "EXECUTABLE|STATIC_LIBRARY" OR target MATCHES "^verilated_")
        continue()
      endif()
      target_link_libraries(${target} PRIVATE fmt::fmt)
      target_compile_options(${target} PRIVATE ${DOJO_COUNTED})
      get_target_property(libraries ${target} LINK_LIBRARIES)
      set(carrier dojo_headers)
      if(libraries MATCHES "GTest::")
        set(carrier dojo_test_headers)
      endif()
      get_target_property(quickly ${target} DOJO_QUICKLY)
      if(quickly)
        string(REPLACE dojo_ dojo_quick_ carrier ${carrier})
      endif()
      target_precompile_headers(${target} REUSE_FROM ${carrier})
      # Few enough that a change of one file is built in seconds.
      set_target_properties(${target} PROPERTIES UNITY_BUILD ${DOJO_UNITY} UNITY_BUILD_BATCH_SIZE 6)
      if(DOJO_UNITY)
        # A local name may be that of another file's constant.
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-shadow>)
      endif()
    endforeach()
  endforeach()
endfunction()
