# dojo_firmware(NAME name SOURCES files [OPTIONS compiler options])
#   Builds build/firmware/<name>.elf for the harts of a node, with picolibc, firmware/start.S and firmware/link.ld.
#   Target `firmware` builds all of them; target firmware_<name> one.

set(DOJO_FIRMWARE_OUTPUT ${PROJECT_BINARY_DIR}/firmware)
# Stock clang makes vector code of plain loops: register groups of four (-riscv-v-register-bit-width-lmul), vectors of exactly 512 bits.
# BF16 instructions are ratified, but clang 19 still asks for -menable-experimental-extensions.
set(DOJO_FIRMWARE_TARGET --target=riscv64-unknown-elf -menable-experimental-extensions
    -march=rv64imafc_zicsr_zifencei_zve32f_zvl512b_zvfbfmin1p0_zvfbfwma1p0 -mabi=lp64f -mcmodel=medany)
set(DOJO_FIRMWARE_FLAGS ${DOJO_FIRMWARE_TARGET} -mrvv-vector-bits=zvl -mllvm -riscv-v-register-bit-width-lmul=4 -O3 -g
    -ffunction-sections -fdata-sections)

# GCC knows where picolibc and its own library are for this ABI; lld links (Debian 12's GNU ld fails on the BF16 extensions' names).
find_program(RISCV_GCC riscv64-unknown-elf-gcc REQUIRED)
find_path(PICOLIBC_INCLUDE picolibc.h PATHS /usr/lib/picolibc/riscv64-unknown-elf/include NO_DEFAULT_PATH REQUIRED)
execute_process(COMMAND ${RISCV_GCC} -march=rv64imafc -mabi=lp64f -print-multi-directory
                OUTPUT_VARIABLE multilib OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${RISCV_GCC} -march=rv64imafc -mabi=lp64f -print-libgcc-file-name
                OUTPUT_VARIABLE DOJO_FIRMWARE_LIBGCC OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
find_library(PICOLIBC c PATHS ${PICOLIBC_INCLUDE}/../lib/${multilib} NO_DEFAULT_PATH REQUIRED)
add_custom_target(firmware ALL)

# Compiles one file.
function(dojo_firmware_object source object)
  set(language)
  if(source MATCHES "\\.c$")
    set(language -std=gnu11)
  endif()
  cmake_path(RELATIVE_PATH object BASE_DIRECTORY ${DOJO_FIRMWARE_OUTPUT}/objects OUTPUT_VARIABLE name)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CMAKE_C_COMPILER} ${DOJO_FIRMWARE_FLAGS} ${language}
            -Wall -Wextra -Wshadow -Werror -I${PROJECT_SOURCE_DIR}/firmware -I${DOJO_GENERATED_DIR}
            -isystem ${PICOLIBC_INCLUDE} ${ARGN} -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} ${DOJO_GENERATED_DIR}/dojo_hw.h
    DEPFILE ${object}.d
    COMMENT "Compiling firmware ${name}"
    VERBATIM)
endfunction()

# What every program begins with, compiled once.
set(DOJO_FIRMWARE_START ${DOJO_FIRMWARE_OUTPUT}/objects/start.S.o)
file(MAKE_DIRECTORY ${DOJO_FIRMWARE_OUTPUT}/objects)
dojo_firmware_object(${PROJECT_SOURCE_DIR}/firmware/start.S ${DOJO_FIRMWARE_START})
add_custom_target(firmware_start DEPENDS ${DOJO_FIRMWARE_START})
add_dependencies(firmware_start dojo_generate)

function(dojo_firmware)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;OPTIONS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "dojo_firmware: NAME and SOURCES are needed; not understood: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(script ${PROJECT_SOURCE_DIR}/firmware/link.ld)
  set(folder ${DOJO_FIRMWARE_OUTPUT}/objects/${arg_NAME})
  set(elf ${DOJO_FIRMWARE_OUTPUT}/${arg_NAME}.elf)
  file(MAKE_DIRECTORY ${folder})

  set(objects)
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    cmake_path(GET source FILENAME filename)
    set(object ${folder}/${filename}.o)
    dojo_firmware_object(${source} ${object} ${arg_OPTIONS})
    list(APPEND objects ${object})
  endforeach()
  list(APPEND objects ${DOJO_FIRMWARE_START})
  add_custom_command(
    OUTPUT ${elf}
    COMMAND ${CMAKE_C_COMPILER} ${DOJO_FIRMWARE_TARGET} -fuse-ld=lld-19 -static -nostdlib -T ${script}
            -Wl,--gc-sections,--fatal-warnings ${objects} ${PICOLIBC} ${DOJO_FIRMWARE_LIBGCC} -o ${elf}
    DEPENDS ${objects} ${script}
    COMMENT "Linking firmware ${arg_NAME}.elf"
    VERBATIM)
  add_custom_target(firmware_${arg_NAME} DEPENDS ${elf})
  add_dependencies(firmware_${arg_NAME} dojo_generate firmware_start)
  add_dependencies(firmware firmware_${arg_NAME})
endfunction()
