# Verilated models as static libraries.
#
# DOJO_RTL_DIRS     folders in which a module is found by its file name
# DOJO_RTL_PACKAGES packages, in reading order
# DOJO_RTL_NODE     sources of rtl/node; DOJO_RTL_NOC those of rtl/noc; DOJO_RTL_TILE those of rtl/tile; DOJO_RTL_SOURCES packages and all modules
#
# dojo_verilate(TARGET library PREFIX Vx TOP module [SOURCES files] [PARAMETERS Name=value ...] [ARGUMENTS ...]
#               [TRACE] [COVERAGE] [RANDOM_INIT] [NO_ASSERT] [SHORT_RUNS] [SAVABLE])
#   SOURCES is needed only for modules outside DOJO_RTL_DIRS. TRACE: FST at run time; COVERAGE: cover properties are counted;
#   RANDOM_INIT: every unreset bit starts as the context's random seed says; NO_ASSERT: without assertions;
#   SHORT_RUNS: quick to compile matters more than quick to run; SAVABLE: its state can be saved and restored.

set(DOJO_RTL_DIRS ${PROJECT_SOURCE_DIR}/rtl/node ${PROJECT_SOURCE_DIR}/rtl/noc ${PROJECT_SOURCE_DIR}/rtl/tile)
file(GLOB DOJO_RTL_NODE CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/node/*.sv)
file(GLOB DOJO_RTL_NOC CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/noc/*.sv)
file(GLOB DOJO_RTL_TILE CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/tile/*.sv)
set(DOJO_RTL_PACKAGES ${DOJO_RTL_NODE} ${DOJO_RTL_NOC} ${DOJO_RTL_TILE})
list(FILTER DOJO_RTL_PACKAGES INCLUDE REGEX "_pkg\\.sv$")
list(FILTER DOJO_RTL_NODE EXCLUDE REGEX "_pkg\\.sv$")
list(FILTER DOJO_RTL_NOC EXCLUDE REGEX "_pkg\\.sv$")
list(FILTER DOJO_RTL_TILE EXCLUDE REGEX "_pkg\\.sv$")
list(PREPEND DOJO_RTL_PACKAGES ${DOJO_RTL_PACKAGE})
set(DOJO_RTL_SOURCES ${DOJO_RTL_PACKAGES} ${DOJO_RTL_NODE} ${DOJO_RTL_NOC} ${DOJO_RTL_TILE})

execute_process(COMMAND ${VERILATOR} --getenv VERILATOR_ROOT
                OUTPUT_VARIABLE verilator_root OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# Verilator's run-time library, built once for all models. The program supplies vl_stop(), to which failing assertions go.
add_library(dojo_verilated STATIC
  ${verilator_root}/include/verilated.cpp
  ${verilator_root}/include/verilated_cov.cpp
  ${verilator_root}/include/verilated_fst_c.cpp
  ${verilator_root}/include/verilated_save.cpp
  ${verilator_root}/include/verilated_threads.cpp)
# DOJO_COVERAGE: lines, toggles and cover properties of all models are counted, gathered by tb/coverage/collect.cpp.
if(DOJO_COVERAGE)
  target_sources(dojo_verilated PRIVATE ${PROJECT_SOURCE_DIR}/tb/coverage/collect.cpp)
endif()
target_include_directories(dojo_verilated SYSTEM PUBLIC ${verilator_root}/include ${verilator_root}/include/vltstd)
target_compile_definitions(dojo_verilated PUBLIC
  VL_USER_STOP VM_COVERAGE=1 VM_SC=0 VM_TRACE=1 VM_TRACE_FST=1 VM_TRACE_VCD=0)
target_compile_options(dojo_verilated PRIVATE -w)
target_link_libraries(dojo_verilated PUBLIC ZLIB::ZLIB Threads::Threads)

function(dojo_verilate)
  cmake_parse_arguments(PARSE_ARGV 0 arg "TRACE;COVERAGE;RANDOM_INIT;NO_ASSERT;SHORT_RUNS;SAVABLE" "TARGET;PREFIX;TOP" "SOURCES;PARAMETERS;ARGUMENTS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_TARGET OR NOT arg_PREFIX OR NOT arg_TOP)
    message(FATAL_ERROR "dojo_verilate: TARGET, PREFIX and TOP are needed; not understood: ${arg_UNPARSED_ARGUMENTS}")
  endif()

  set(sources ${arg_SOURCES})
  list(TRANSFORM sources REPLACE "^([^/].*)$" "${CMAKE_CURRENT_SOURCE_DIR}/\\1")
  if(NOT sources)
    foreach(folder IN LISTS DOJO_RTL_DIRS)
      if(EXISTS ${folder}/${arg_TOP}.sv)
        list(APPEND sources ${folder}/${arg_TOP}.sv)
      endif()
    endforeach()
  endif()
  list(REMOVE_ITEM sources ${DOJO_RTL_PACKAGES})

  set(options --cc --top-module ${arg_TOP} -Wall -O3 --no-timing --unroll-count 5 --trace-structs)
  if(arg_NO_ASSERT)
    list(APPEND options --noassert)
  else()
    list(APPEND options --assert)
  endif()
  if(arg_RANDOM_INIT)
    list(APPEND options --x-assign unique --x-initial unique)
  else()
    list(APPEND options --x-assign fast --x-initial fast)
  endif()
  if(arg_TRACE)
    list(APPEND options --trace-fst)
  endif()
  set(hash)
  set(refuse)
  if(arg_SAVABLE)
    set(hash --hash)
    # Verilator has no model that both counts and can be saved.
    if(DOJO_COVERAGE)
      set(refuse --refuse-snapshots)
    else()
      list(APPEND options --savable)
    endif()
  endif()
  if(arg_COVERAGE OR DOJO_COVERAGE)
    list(APPEND options --coverage-user)
  endif()
  foreach(parameter IN LISTS arg_PARAMETERS)
    list(APPEND options -G${parameter})
  endforeach()
  foreach(folder IN LISTS DOJO_RTL_DIRS)
    list(APPEND options -y ${folder})
  endforeach()
  list(APPEND options -I${PROJECT_SOURCE_DIR}/rtl/common ${arg_ARGUMENTS})

  set(folder ${PROJECT_BINARY_DIR}/verilated/${arg_TARGET})
  set(whole ${folder}/${arg_PREFIX}__all.cpp)
  set(collect)
  if(DOJO_COVERAGE)
    list(APPEND options --coverage-line --coverage-toggle)
    set(collect COMMAND ${DOJO_PYTHON} ${PROJECT_SOURCE_DIR}/tb/coverage/call_collector.py ${whole} ${arg_PREFIX} ${refuse})
  endif()
  add_custom_command(
    OUTPUT ${whole}
    BYPRODUCTS ${folder}/${arg_PREFIX}.h ${folder}/${arg_PREFIX}___024root.h ${folder}/${arg_PREFIX}__Syms.h
    COMMAND ${DOJO_PYTHON} ${PROJECT_SOURCE_DIR}/scripts/verilate.py --prefix ${arg_PREFIX} --output ${folder} ${hash} --
            ${VERILATOR} ${options} ${DOJO_RTL_PACKAGES} ${sources}
    ${collect}
    DEPENDS ${DOJO_RTL_PACKAGES} ${sources} ${PROJECT_SOURCE_DIR}/scripts/verilate.py
    DEPFILE ${folder}/${arg_PREFIX}__all.d
    COMMENT "Verilating ${arg_TOP} as ${arg_PREFIX}"
    VERBATIM)
  add_library(${arg_TARGET} STATIC ${whole})
  target_include_directories(${arg_TARGET} SYSTEM PUBLIC ${folder})
  target_compile_options(${arg_TARGET} PRIVATE -w $<$<OR:$<BOOL:${DOJO_COVERAGE}>,$<BOOL:${arg_SHORT_RUNS}>>:-O1>)
  target_link_libraries(${arg_TARGET} PUBLIC dojo_verilated dojo_generated)
endfunction()
